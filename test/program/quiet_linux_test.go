package program

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// startRefusingAPI starts an API that accepts no credentials, and returns its address.
func startRefusingAPI(t *testing.T) string {
	t.Helper()
	return startRefusing(t, http.StatusUnauthorized, "Unauthorized")
}

// startForbiddingAPI starts an API that allows nothing, and returns its address.
func startForbiddingAPI(t *testing.T) string {
	t.Helper()
	return startRefusing(t, http.StatusForbidden, "Forbidden")
}

// startRefusing starts an API that answers everything in this way.
func startRefusing(t *testing.T, code int, reason string) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":%q,"message":%[1]q,"code":%d}`, reason, code)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // podtracer closes connections
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

// klogLine matches the beginning of a line of client-go's log.
var klogLine = regexp.MustCompile(`[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+`)

// A credential plugin gives a token, which the API refuses, and fails when it is asked again: client-go logs that as an error.
func TestWhatClientGoLogsIsNotWrittenToTheTerminal(t *testing.T) {
	t.Parallel()
	const token = `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"secret"}}`
	for name, argv := range map[string][]string{
		"run":     {binary, "run", "--pod", "cart-0", "-n", "shop", "--", "true"},
		"console": {binary},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := filepath.Join(t.TempDir(), "asked")
			once := "echo >>" + asked + `; [ "$(wc -l <` + asked + ")\" -eq 1 ] || exit 3; echo '" + token + "'"
			config := writeKubeconfig(t, startRefusingAPI(t), plugin(once))
			s := onTerminal(t, []string{"KUBECONFIG=" + config, "NODE_NAME=here"}, argv...)
			s.waitFor("does not accept these credentials") // after the plugin was asked twice
			if name == "console" {
				s.left(t)
			} else if status := s.waitEnd(); status != 125 {
				t.Errorf("status %d", status)
			}
			if times, err := os.ReadFile(asked); err != nil || strings.Count(string(times), "\n") < 2 {
				t.Errorf("nothing was to be logged: the plugin was asked %q, %v", times, err)
			}
			if logged := klogLine.FindString(s.written()); logged != "" {
				t.Errorf("client-go's log is on the terminal, from %s on: %q", logged, s.written())
			}
		})
	}
}
