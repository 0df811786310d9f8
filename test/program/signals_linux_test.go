package program

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hangUps are the signals that come when a terminal is closed or somebody is impatient: the first at once, the others while
// podtracer winds up.
var hangUps = map[string][]syscall.Signal{
	"a terminal that is closed under a shell": {syscall.SIGHUP, syscall.SIGHUP, syscall.SIGHUP},
	"a service manager":                       {syscall.SIGTERM, syscall.SIGHUP, syscall.SIGTERM},
	"interrupts that nobody was asked for":    {syscall.SIGINT, syscall.SIGINT, syscall.SIGINT},
}

func send(t *testing.T, process *os.Process, signals []syscall.Signal) {
	t.Helper()
	for i, s := range signals {
		if err := process.Signal(s); i == 0 && err != nil {
			t.Error(err)
		}
		time.Sleep(200 * time.Millisecond) // tcpdump takes a second to wind up
	}
}

func TestASecondSignalWhileARunWindsUpChangesNothing(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	for name, signals := range hangUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the test mostly waits
			file := filepath.Join(t.TempDir(), "x.pcapng")
			s := onTerminal(t, nil, binary, "demo", "run", "--pod", "client-0", "-f", file, "--", "tcpdump", "-i", "eth0")
			s.waitFor("listening on eth0")
			time.Sleep(time.Second) // lets packets arrive
			process, _ := os.FindProcess(s.Pid())
			send(t, process, signals)
			if status := s.waitEnd(); status != 0 {
				t.Errorf("status %d", status)
			}
			s.waitFor(" complete, to ")
			s.nothingIsLeft(0)
			if out, err := exec.Command("tcpdump", "-n", "-r", file).CombinedOutput(); err != nil || !bytes.Contains(out, []byte("10.244.0.20")) {
				t.Errorf("tcpdump reads %v: %s", err, out)
			}
		})
	}
}

func TestASecondSignalWhileAConsoleWindsUpChangesNothing(t *testing.T) {
	t.Parallel()
	for name, signals := range hangUps {
		t.Run(name, func(t *testing.T) {
			s := startTcpdump(t)
			process, _ := os.FindProcess(s.Pid())
			send(t, process, signals)
			if status := s.waitEnd(); status != 0 {
				t.Errorf("status %d", status)
			}
			s.nothingIsLeft(0)
			s.keepsOneCapture()
		})
	}
}

// When a shell loses its terminal, it sends SIGHUP to everything that it has started.
func TestATerminalThatIsClosedUnderAShellLosesNothing(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	dir := t.TempDir()
	file, report := filepath.Join(dir, "x.pcapng"), filepath.Join(dir, "report.json")
	s := onTerminal(t, nil, "script", "-qec", "bash --norc -i", "/dev/null") // script gives the shell a terminal
	s.waitFor("bash-")
	s.press(binary + " demo run --pod client-0 -f " + file + " --report " + report + " -- tcpdump -i eth0\r")
	s.waitFor("listening on eth0")
	time.Sleep(time.Second) // lets packets arrive
	s.signal(os.Kill)
	s.waitEnd()
	s.nothingIsLeft(patience)
	if text, err := os.ReadFile(report); err != nil || !bytes.Contains(text, []byte(`"complete":true`)) {
		t.Errorf("the report is %v: %s", err, text)
	}
	if out, err := exec.Command("tcpdump", "-n", "-r", file).CombinedOutput(); err != nil || !bytes.Contains(out, []byte("10.244.0.20")) {
		t.Errorf("tcpdump reads %v: %s", err, out)
	}
}

func TestUnderNohupAClosedTerminalEndsNothing(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	cmd := exec.Command("nohup", binary, "demo", "run", "--data-dir", t.TempDir(), "--pod", "client-0", "--", "sh", "-c", "echo begun >&2; sleep 2; echo done")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	begun := make([]byte, 4096)
	for text := ""; !strings.Contains(text, "begun"); {
		n, err := stderr.Read(begun)
		if err != nil {
			t.Fatal(text, err)
		}
		text += string(begun[:n])
	}
	send(t, cmd.Process, []syscall.Signal{syscall.SIGHUP})
	if err := cmd.Wait(); err != nil || stdout.String() != "done\n" {
		t.Errorf("%v: %q", err, stdout.String())
	}
}

func TestAPersonMayHurryTheEndAndIsToldBefore(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	const stubborn = "trap '' INT TERM; echo captured; echo begun >&2; while :; do sleep 1; done"
	s := onTerminal(t, nil, "bash", "-c", `trap : INT; "$@"; echo "status $?"; stty -a`, "bash",
		binary, "demo", "run", "--pod", "client-0", "-f", filepath.Join(t.TempDir(), "x"), "--", "sh", "-c", stubborn)
	s.waitFor("begun")
	s.press("\x03")
	s.press("\x03") // too soon: the person has not yet been told what ctrl+c would do
	s.waitFor("podtracer: winding up; ctrl+c once more ends podtracer at once")
	s.press("\x03")
	s.waitFor("status 130")
	s.waitFor(" echo ") // the terminal echoes again
	s.waitEnd()
	s.nothingIsLeft(patience)
	out, err := exec.Command(binary, "runs", "--data-dir", s.dataDir).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "left") {
		t.Errorf("%v: %s", err, out)
	}
}

// Without a terminal, a second signal ends the waiting for others, and takes nothing from a tool that winds up.
func TestASecondSignalTakesNoTimeFromAToolThatWindsUp(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	const slow = "trap 'sleep 2; echo summed up; exit' INT; echo begun; while :; do sleep 0.1; done"
	cmd := exec.Command(binary, "demo", "run", "--data-dir", t.TempDir(), "--pod", "client-0", "--", "sh", "-c", slow)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 6)
	if _, err := stdout.Read(buffer); err != nil || string(buffer) != "begun\n" {
		t.Fatalf("%q, %v", buffer, err)
	}
	_ = cmd.Process.Signal(os.Interrupt)
	time.Sleep(1500 * time.Millisecond) // by now a person would have been told
	_ = cmd.Process.Signal(os.Interrupt)
	rest := make([]byte, 100)
	n, _ := stdout.Read(rest)
	if err := cmd.Wait(); err != nil || string(rest[:n]) != "summed up\n" {
		t.Errorf("%v: %q", err, rest[:n])
	}
}
