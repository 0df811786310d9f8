package program

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// restless starts a shell of another user in a directory, which repeats an action until it is stopped.
func restless(t *testing.T, dir, act string) (stop func()) {
	t.Helper()
	cmd := exec.Command("sh", "-c", act+"; echo; while :; do "+act+"; sleep 0.02; done")
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: &syscall.Credential{Uid: stranger, Gid: stranger}}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_, _ = io.Copy(io.Discard, out) // until all of them have ended
		_ = cmd.Wait()                  // the error says that it was killed
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // until the action has happened once
		stop()
		t.Fatal(err)
	}
	return stop
}

func TestARunIsNotLedAstrayBySomebodyElseWhoExchangesWhatItWritesTo(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	const text = "what the tool wrote"
	for name, c := range map[string]struct{ made, act string }{
		"a directory and a link": {
			"mkdir a; ln -s ../node link; chown -h 65533:65533 . a link",
			"mv -T a held; mv -T link a; mv -T a link; mv -T held a",
		},
		"nothing and links, where all may write": {
			"mkdir -m 1777 a",
			"ln -s ../../node/file a/file; ln -s ../../node/report a/report; rm -f a/file a/report",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			well := 0
			for range 10 {
				dir := t.TempDir()
				prepare := exec.Command("sh", "-ec", "chmod 755 .. .; mkdir node theirs; echo victim >node/file; echo victim >node/report; cd theirs; "+c.made)
				prepare.Dir = dir
				if out, err := prepare.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				run := exec.Command(binary, "demo", "run", "--pod", "client-0", "--data-dir", "data",
					"-f", "theirs/a/file", "--report", "theirs/a/report", "--overwrite", "--", "echo", text)
				run.Dir = dir
				stop := restless(t, filepath.Join(dir, "theirs"), c.act)
				said, err := run.CombinedOutput()
				stop()
				if victims := contents(t, dir+"/node"); victims["file"] != "victim\n" || victims["report"] != "victim\n" || len(victims) != 2 {
					t.Fatalf("written astray: %q; %v: %s", victims, err, said)
				}
				made := contents(t, dir+"/theirs/*")
				switch whole := made["file"] == text+"\n" && strings.HasSuffix(made["report"], "}\n"); {
				case err != nil && !strings.Contains(string(said), "podtracer: "):
					t.Errorf("podtracer does not say what went wrong: %v: %s", err, said)
				case err == nil && !whole:
					t.Errorf("podtracer reports success, but there is %q: %s", made, said)
				case err == nil:
					well++
				}
			}
			t.Logf("%d of 10 went well", well)
		})
	}
}

// contents are the contents of the files in directories; links are not followed.
func contents(t *testing.T, dirs string) map[string]string {
	t.Helper()
	all := map[string]string{}
	found, _ := filepath.Glob(dirs) // dirs is a pattern
	for _, dir := range found {
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
			continue
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !file.Type().IsRegular() {
				continue
			}
			text, err := os.ReadFile(filepath.Join(dir, file.Name()))
			if err != nil {
				t.Fatal(err)
			}
			all[file.Name()] = string(text)
		}
	}
	return all
}
