package program

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const stranger = 65533 // the id of a user that does not exist

// among runs a command of the demo in a directory that setup, a shell script, has prepared. It returns what podtracer printed.
func among(t *testing.T, setup string, args ...string) (dir string, status int, stdout, stderr string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can make what belongs to somebody else")
	}
	dir = t.TempDir()
	sh := exec.Command("sh", "-ec", setup)
	sh.Dir = dir
	if out, err := sh.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, append([]string{"demo", "run", "--pod", "client-0", "--data-dir", filepath.Join(dir, "data")}, args...)...)
	var out, said bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &said
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !asExit(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%v, %v: %s", err, ctx.Err(), said.String())
	}
	return dir, cmd.ProcessState.ExitCode(), out.String(), said.String()
}

func TestNothingRunsThatWouldWriteThroughSomebodyElsesLinkOrTwoThingsToOneFile(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	const foreign = "echo '{old}' >victim; mkdir real; mkdir -m 1777 sticky; ln -s ../victim sticky/link; ln -s ../real sticky/dir; ln sticky/../victim sticky/hard; chown -h 65533 sticky/link sticky/dir;"
	for _, c := range []struct {
		name, setup string
		args        []string
		says        string
	}{
		{"a report through a link to a file", foreign, []string{"--report", "sticky/link"}, "may have made"},
		{"a report through a link to a directory", foreign, []string{"--report", "sticky/dir/x"}, "may have made"},
		{"a file through a link to a directory", foreign, []string{"-f", "sticky/dir/x"}, "may have made"},
		{"a file in the place of a link", foreign, []string{"-f", "sticky/link", "--overwrite"}, "not a file"},
		{"one name", "", []string{"-f", "x", "--report", "./x"}, "are both"},
		{"one name in a directory that is not there yet", "", []string{"-f", "new/x", "--report", "new/./x"}, "are both"},
		{"one name in one directory by a link", "mkdir real; ln -s real link", []string{"-f", "real/x", "--report", "link/x"}, "are both"},
		{"a link to what is not there yet", "ln -s x link", []string{"-f", "x", "--report", "link"}, "are both"},
		{"two names of one file", "echo '{}' >x; ln x y", []string{"-f", "x", "--overwrite", "--report", "y"}, "are both"},
		{"what is no report", "echo text >x", []string{"--report", "x"}, "is not a report"},
		{"somebody's JSON", "echo '{\"debug\": true, \"of\": \"another program\"}' >x", []string{"--report", "x"}, "is not a report"},
		{"short JSON", "echo '{}' >x", []string{"--report", "x"}, "is not a report"},
		{"a FIFO", "mkfifo x", []string{"-f", "x", "--overwrite"}, "not a file"},
		{"a dash", "", []string{"-f", "-"}, "standard output or a file"},
		{"a dash for the report", "", []string{"--report", "-"}, "standard output or a file"},
		{"the output", "", []string{"--report", "/dev/stdout"}, "it is standard output"},
		{"the output, by another name", "", []string{"--report", "/proc/self/fd/1"}, "it is standard output"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, status, _, said := among(t, c.setup, append(c.args, "--", "sh", "-c", "echo it ran >&2")...)
			if status != 125 || !strings.Contains(said, c.says) || strings.Contains(said, "it ran") {
				t.Errorf("status %d: %s", status, said)
			}
			if victim, err := os.ReadFile(filepath.Join(dir, "victim")); err == nil && string(victim) != "{old}\n" {
				t.Errorf("somebody else's link led to a file that has %q now", victim)
			}
			if left, _ := os.ReadDir(filepath.Join(dir, "real")); len(left) > 0 {
				t.Errorf("following somebody else's link made %v", left)
			}
		})
	}
}

// The tool does what an adversary could do meanwhile: both write to the directory.
func TestWhatAReportIsWrittenToIsLookedAtAgainAtTheEnd(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	for _, c := range []struct {
		name, tool string
		says, kept string
	}{
		{"a link to what was saved", "ln -s saved report", "are both", "saved"},
		{"another name of a file that is no report", "echo important >victim; ln victim report", "is not a report", "victim"},
		{"somebody else's link", "echo '{important}' >victim; ln -s victim report; chown -h 65533 report", "may have made", "victim"},
		{"somebody else's FIFO", "mkfifo -m 666 report; chown 65533 report", "somebody else", ""},
		{"a FIFO that nobody reads", "mkfifo report", "a FIFO that no process reads", ""},
		{"a directory", "mkdir report", "not a file", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, status, _, said := among(t, "", "-f", "saved", "--report", "report", "--", "sh", "-c", c.tool+"; echo '{important}'")
			if status != 74 || !strings.Contains(said, "write report: ") || !strings.Contains(said, c.says) {
				t.Errorf("status %d: %s", status, said)
			}
			for _, name := range []string{"saved", c.kept} {
				if text, err := os.ReadFile(filepath.Join(dir, name)); name != "" && (err != nil || !strings.Contains(string(text), "important")) {
					t.Errorf("%s has %q, %v", name, text, err)
				}
			}
		})
	}
}

func TestAReportGoesThroughOnesOwnLinksAndToDevices(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	t.Run("one's own link", func(t *testing.T) {
		dir, status, _, said := among(t, "ln -s there link", "--report", "link", "--", "true")
		if text, err := os.ReadFile(filepath.Join(dir, "there")); status != 0 || err != nil || !strings.HasPrefix(string(text), `{"schema"`) {
			t.Errorf("status %d: %q, %v: %s", status, text, err, said)
		}
	})
	t.Run("standard output that is not the tool's", func(t *testing.T) {
		_, status, out, said := among(t, "", "-f", "saved", "--report", "/dev/stdout", "--", "echo", "text")
		if status != 0 || !strings.HasPrefix(out, `{"schema"`) {
			t.Errorf("status %d: %q: %s", status, out, said)
		}
	})
	t.Run("nowhere", func(t *testing.T) {
		if _, status, out, said := among(t, "", "--report", "/dev/null", "--", "echo", "text"); status != 0 || out != "text\n" {
			t.Errorf("status %d: %q: %s", status, out, said)
		}
	})
	t.Run("a file that is mounted, as that for a termination message is", func(t *testing.T) {
		dir := t.TempDir()
		message, mounted := filepath.Join(dir, "message"), filepath.Join(dir, "termination-log")
		for _, file := range []string{message, mounted} {
			if err := os.WriteFile(file, nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if err := unix.Mount(message, mounted, "", unix.MS_BIND, ""); err != nil {
			t.Skip("nothing can be mounted here:", err)
		}
		t.Cleanup(func() { _ = unix.Unmount(mounted, unix.MNT_DETACH) })
		_, status, _, said := among(t, "", "--report", mounted, "--", "true")
		if text, err := os.ReadFile(message); status != 0 || err != nil || !strings.HasPrefix(string(text), `{"schema"`) {
			t.Errorf("status %d: %q, %v: %s", status, text, err, said)
		}
	})
}

func TestAFileIsNotSavedOverTheOutputThatGoesToIt(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "x")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var said bytes.Buffer
	cmd := exec.Command(binary, "demo", "run", "--pod", "client-0", "--data-dir", filepath.Join(dir, "data"), "-s", "-f", file, "--overwrite", "--", "echo", "text")
	cmd.Stdout, cmd.Stderr = out, &said
	if err := cmd.Run(); err == nil || !strings.Contains(said.String(), "it is standard output") {
		t.Errorf("%v: %s", err, said.String())
	}
}

func TestARecordingIsNotMadeThroughSomebodyElsesLink(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	dir := t.TempDir()
	if err := errors.Join(os.Mkdir(dir+"/real", 0o755), os.Symlink("real", dir+"/link"), os.Lchown(dir+"/link", stranger, stranger)); err != nil {
		t.Skip("only root can make what belongs to somebody else:", err)
	}
	s := onTerminal(t, nil, binary, "demo", "--record", dir+"/link/x.cast")
	s.waitFor("may have made")
	if status := s.waitEnd(); status != 125 {
		t.Errorf("status %d", status)
	}
	if left, _ := os.ReadDir(dir + "/real"); len(left) > 0 {
		t.Errorf("made where the link leads: %v", left)
	}
}
