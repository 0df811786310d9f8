//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// What the tool prints is not what is typed, so that the screen shows it only when it has run.
const (
	farTool  = "sh -c 'echo first$((1+1))line; sleep 1'"
	farFirst = "first2line"
)

// far measures from Enter on a pod of another node to the first line of its tool: without a helper, and with the one that is then there.
func (b *bench) far(ctx context.Context) error {
	return b.fromLaptop(ctx, func(ctx context.Context, l *laptop) error {
		if err := l.pods(ctx, "localhost/workload:test", []string{"sleep", "infinity"}, map[string]string{"target": "node2"}); err != nil {
			return err
		}
		var cold, warm, theirs []time.Duration
		for range l.long() {
			first, second, err := l.farLines(ctx)
			if err != nil {
				return err
			}
			debug, err := l.debugLine(ctx)
			if err != nil {
				return err
			}
			cold, warm, theirs = append(cold, first), append(warm, second), append(theirs, debug)
		}
		fmt.Printf("from Enter on a pod of another node to its first line (%d rounds)\n", l.long())
		printTimes("podtracer, with a helper there", warm)
		printTimes("podtracer, with one that is made, image present", cold)
		printTimes("kubectl debug with the same image", theirs)
		fmt.Printf("  aim: 1000 ms with a helper there, 3000 ms with one that is made\n\n")
		return nil
	})
}

// farLines starts the tool twice from one console.
func (l *laptop) farLines(ctx context.Context) (first, second time.Duration, err error) {
	c, err := onTerminal(l.podtracerWith(ctx, "", l.helperFlags()...), 100, 30)
	if err != nil {
		return 0, 0, err
	}
	defer c.close()
	if err := c.until("● live"); err != nil {
		return 0, 0, err
	}
	if err := c.press("/"+laptopNamespace+"/target\r", "1 of", "\r", "will run", "G", "", "\t", "", farTool, "sleep 1"); err != nil {
		return 0, 0, err
	}
	if first, err = c.line(); err != nil {
		return 0, 0, err
	}
	if err := c.until("exit 0"); err != nil {
		return 0, 0, err
	}
	if err := c.press("\x1b", "target", "\r", "will run"); err != nil {
		return 0, 0, err
	}
	second, err = c.line()
	return first, second, err
}

// line starts what is in the form, and measures until the line is there.
func (c *console) line() (time.Duration, error) {
	began := time.Now()
	if err := c.start(); err != nil {
		return 0, err
	}
	err := c.until(farFirst)
	return time.Since(began), err
}

// debugLine measures what a person would otherwise type. What the tool prints before kubectl is attached is lost, so it prints again and
// again, for some seconds.
func (l *laptop) debugLine(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	cmd := exec.CommandContext(ctx, "kubectl", "debug", "-n", laptopNamespace, "target", "--image="+l.image, "--image-pull-policy=Never", "--profile=netadmin", "-i", "--",
		"sh", "-c", "for i in $(seq 200); do echo "+farFirst+"; sleep 0.02; done")
	in, err := cmd.StdinPipe() // at whose end kubectl would end
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	took, lines := time.Duration(0), bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), farFirst) {
			took = time.Since(began)
			break
		}
	}
	_ = cmd.Process.Kill() // it has been measured
	if err := cmd.Wait(); took == 0 {
		return 0, errors.Join(errors.New("kubectl debug printed no line"), err)
	}
	return took, nil
}
