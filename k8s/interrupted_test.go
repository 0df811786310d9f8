package k8s

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"
	"testing"

	"k8s.io/client-go/rest"

	"github.com/fennec-project/podtracer/k8s/helper"
)

// The API may have made a helper whose request was interrupted.
func TestAnInterruptWhileAHelperIsMadeLeavesNone(t *testing.T) {
	const name = "podtracer-helper-x"
	ctx, interrupt := context.WithCancel(t.Context())
	removed := make(chan string, 1)
	cluster := server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.Method {
		case http.MethodPost: // it is made, and the interrupt comes before the answer
			interrupt()
			_, _ = io.WriteString(w, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"`+name+`","namespace":"debugging","uid":"7"}}`)
		case http.MethodDelete:
			removed <- path.Base(r.URL.Path)
			_, _ = io.WriteString(w, `{"apiVersion":"v1","kind":"Pod"}`)
		default:
			http.NotFound(w, r)
		}
	})
	helpers := cluster.Helpers(t.Context(), helper.Options{Image: "podtracer", Namespace: "debugging"})
	if made, err := helpers.Make(ctx, "node2", nil); err == nil {
		t.Errorf("%s was made", made)
	}
	if err := helpers.Close(t.Context()); err != nil {
		t.Error(err)
	}
	select {
	case gone := <-removed:
		if gone != name {
			t.Errorf("%s was deleted", gone)
		}
	default:
		t.Error("the helper was left")
	}
}

// A laptop that wakes up has connections that nobody answers on any more.
func TestAHelperIsRemovedOverANewConnectionWhereTheOldOneIsDead(t *testing.T) {
	t.Parallel()
	const name = "podtracer-helper-x"
	var mu sync.Mutex
	var dead string // address of a connection
	var removed []string
	api := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.Method == http.MethodPost:
			dead = r.RemoteAddr
			_, _ = io.WriteString(w, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"`+name+`","namespace":"debugging","uid":"7"}}`)
		case r.Method == http.MethodGet:
			_, _ = io.WriteString(w, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"`+name+`","namespace":"debugging","uid":"7"},`+
				`"status":{"containerStatuses":[{"name":"podtracer","state":{"running":{}}}]}}`)
		case r.RemoteAddr == dead:
			mu.Unlock()
			<-r.Context().Done()
			mu.Lock()
		default:
			removed = append(removed, path.Base(r.URL.Path))
			_, _ = io.WriteString(w, `{"apiVersion":"v1","kind":"Pod"}`)
		}
	}))
	api.EnableHTTP2 = true
	api.StartTLS()
	t.Cleanup(api.Close)
	client, _, err := newClient(&rest.Config{Host: api.URL, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	helpers := (&Cluster{api: client, name: "test", namespace: "shop"}).Helpers(t.Context(), helper.Options{Image: "podtracer", Namespace: "debugging"})
	if _, err := helpers.Make(t.Context(), "node2", nil); err != nil {
		t.Fatal(err)
	}
	if err := helpers.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if len(removed) != 1 || removed[0] != name {
		t.Errorf("%v were deleted", removed)
	}
}
