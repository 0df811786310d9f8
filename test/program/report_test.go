//go:build unix

package program

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const reportSchema = "../../docs/report.schema.json"

func checkReport(t *testing.T, text []byte) {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(reportSchema)
	if err != nil {
		t.Fatal(err)
	}
	report, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if err := schema.Validate(report); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	if len(text) > 4096 {
		t.Errorf("%d bytes", len(text))
	}
}

func TestEveryReportIsAsItsSchemaSays(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	long := strings.Repeat("word ", 3000)
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"text", []string{"--pod", "client-0", "--", "true"}, `"toolCode":0`},
		{"a tool that fails", []string{"--pod", "client-0", "--", "false"}, `"exit":{"status":1,"toolCode":1}`},
		{"a tool that dies", []string{"--pod", "client-0", "--", "sh", "-c", "kill -9 $$"}, `"exit":{"status":137,"toolSignal":9}`},
		{"a tool that is not there", []string{"--pod", "client-0", "--", "no-such-tool"}, `"exit":{"status":127}`},
		{"a pod that is not there", []string{"--pod", "nobody", "--", "true"}, `"outcome":"there is no pod nobody`},
		{"the node's network", []string{"-n", "kube-system", "--pod", "node-agent-4mtr2", "--", "true"}, `"hostNetwork":true`},
		{"a capture", []string{"--pod", "client-0", "--", "tcpdump", "-i", "eth0", "-c", "2", "-w", "-"}, `"packets":2,"received":`},
		{"a capture in a file", []string{"--pod", "client-0", "--max-packets", "2", "-f", "x.pcapng", "--", "tcpdump", "-i", "eth0"}, `"files":[{"path":"x.pcapng","bytes":`},
		{"a ring", []string{"--pod", "client-0", "--ring", "8MiB", "-t", "1s", "-f", "y.pcapng", "--", "tcpdump", "-i", "eth0"}, `"agedOut":0,"agedOutBytes":0`},
		{"a capture that cannot begin", []string{"--pod", "client-0", "-f", "z.pcap", "--", "tcpdump", "-i", "eth9"}, `"exit":{"status":1,"toolCode":1}`},
		{"many pods", []string{"--pod", "sts/db", "--pod", "client-0", "--", "true"}, `"outcome":"all ended well","counters":{"bytes":0},"runs":[{"pod":`},
		{"many pods, one of them elsewhere", []string{"--pod", "svc/web", "--each", "-t", "1s", "-f", "e.pcapng", "--", "tcpdump", "-i", "eth0"}, `"exit":{"status":125},"outcome":"pod shop/web-5f7d9c-plmq2 runs on`},
		{"one capture of many pods", []string{"-l", "app in (db,client)", "-t", "1s", "-f", "m.pcapng", "--", "tcpdump", "-i", "eth0"}, `"verdict":{"complete":true,"text":"complete"},"files":[{"path":"m.pcapng"`},
		{"many pods that are not there", []string{"-l", "app=nobody", "--", "true"}, `"outcome":"there are no pods in namespace shop`},
		{"a command that is longer than a report", append([]string{"--pod", "client-0", "--", "true"}, strings.Fields(long)...), `"shortened":true`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "report.json")
			cmd := exec.Command(binary, append([]string{"demo", "run", "--data-dir", filepath.Join(dir, "data"), "--report", file}, c.args...)...)
			cmd.Dir = dir
			out, _ := cmd.CombinedOutput() // the report has the status
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			checkReport(t, text)
			if !strings.Contains(string(text), c.want) {
				t.Errorf("no %s in %s", c.want, text)
			}
		})
	}
}

func TestTheExamplesInTheDocumentationAreAsTheSchemaSays(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/report.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(text, -1)
	if len(examples) == 0 {
		t.Error("there are no reports")
	}
	for _, example := range examples {
		checkReport(t, example[1])
	}
}
