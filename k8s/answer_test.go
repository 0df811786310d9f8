package k8s

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/transport"
)

// server returns a cluster whose API is the handler.
func server(t *testing.T, answer http.HandlerFunc) *Cluster {
	t.Helper()
	api := httptest.NewServer(answer)
	t.Cleanup(api.Close)
	client, _, err := newClient(&rest.Config{Host: api.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Cluster{api: client, name: "test", namespace: "shop"}
}

const manyBytes = 1 << 30

// endless answers with the beginning of an object, followed by more than anybody should hold.
func endless(beginning, more string) http.HandlerFunc {
	chunk := bytes.Repeat([]byte(more), 1<<16/len(more))
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, err := io.WriteString(w, beginning)
		for sent := 0; err == nil && sent < manyBytes; sent += len(chunk) {
			_, err = w.Write(chunk)
		}
	}
}

// packed compresses the answer: few bytes that become many when they are unpacked.
func packed(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		answer(&packing{ResponseWriter: w}, r)
	}
}

// packing compresses each piece by itself, and a repeated piece only once, because the machine may be slow.
type packing struct {
	http.ResponseWriter
	piece, packed []byte
}

func (p *packing) Write(b []byte) (int, error) {
	if !bytes.Equal(b, p.piece) {
		var packed bytes.Buffer
		packer := gzip.NewWriter(&packed)
		if _, err := packer.Write(b); err != nil {
			return 0, err
		}
		if err := packer.Close(); err != nil {
			return 0, err
		}
		p.piece, p.packed = bytes.Clone(b), packed.Bytes()
	}
	_, err := p.ResponseWriter.Write(p.packed)
	return len(b), err
}

func TestAnAnswerWithoutEndIsGivenUp(t *testing.T) {
	pod := `{"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"shop","name":"cart","uid":"1","annotations":{"a":"`
	list := `{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"namespace":"shop","name":"cart","uid":"1","annotations":{"a":"`
	event := `{"type":"ADDED","object":` + pod
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		ask    func(*Cluster) error
	}{
		{"of a pod", endless(pod, "x"), func(c *Cluster) error { _, err := c.Pod(t.Context(), "shop", "cart"); return err }},
		{"of a pod, packed", packed(endless(pod, "x")), func(c *Cluster) error { _, err := c.Pod(t.Context(), "shop", "cart"); return err }},
		{"of a list", endless(list, "x"), func(c *Cluster) error {
			_, err := c.object(t.Context(), Pod{Namespace: "shop", Name: "cart"})
			return err
		}},
		{"of blanks", endless("", " "), func(c *Cluster) error { _, err := c.Pod(t.Context(), "shop", "cart"); return err }},
		{"of an event", endless(event, "x"), firstEvent},
		{"of an event in many lines", endless(strings.TrimSuffix(event, `{"a":"`)+"{", "\"a\":\"{}}\",\n"), firstEvent},
		{"of blanks before an event", endless("", "\n"), firstEvent},
	} {
		t.Run(c.name, func(t *testing.T) {
			cluster := server(t, c.answer)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := c.ask(cluster)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), "the API's answer is larger than 32 MiB") {
				t.Errorf("got %v", err)
			}
			if grown := int64(after.Sys) - int64(before.Sys); grown > 8*transport.Largest {
				t.Errorf("it took %d MiB", grown>>20)
			}
		})
	}
	cluster := server(t, endless(pod, "x"))
	if _, err := cluster.Pod(t.Context(), "shop", "cart"); !errors.Is(err, transport.ErrTooLarge) || hint.Of(err) == "" {
		t.Errorf("got %v, hint %q", err, hint.Of(err))
	}
}

// firstEvent reads the first event of a watch, which must be an error.
func firstEvent(c *Cluster) error {
	w, err := c.api.pods("shop").watch(context.Background(), metav1.ListOptions{})
	if err != nil {
		return err
	}
	defer w.Stop()
	event, ok := <-w.ResultChan()
	if !ok {
		return errors.New("the watch ended without an error")
	}
	return fmt.Errorf("%v", event.Object)
}

func TestAWatchThatGoesOnForLongIsNoLongAnswer(t *testing.T) {
	event := []byte(`{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"shop","name":"cart","uid":"1","annotations":{"a":"\"}{[` +
		strings.Repeat("x", 1<<20) + `"}}}}` + "\n")
	const events = transport.Largest>>20 + 2
	cluster := server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for range events {
			_, _ = w.Write(event)
		}
	})
	w, err := cluster.api.pods("shop").watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	for i := range events {
		if e := <-w.ResultChan(); e.Type != "ADDED" {
			t.Fatalf("event %d is %v: %v", i, e.Type, e.Object)
		}
	}
}

// Pods of 40 KiB: 500 of them are smaller than the largest allowed answer. If pods are 1 MiB, fewer are asked for at once.
func TestAListIsReadPageByPage(t *testing.T) {
	for _, size := range []int{40 << 10, 1 << 20} {
		const pods = 60
		filler := strings.Repeat("x", size)
		var mu sync.Mutex
		var limits []int
		cluster := server(t, func(w http.ResponseWriter, r *http.Request) {
			query := r.URL.Query()
			limit, _ := strconv.Atoi(query.Get("limit"))
			from, _ := strconv.Atoi(query.Get("continue"))
			mu.Lock()
			limits = append(limits, limit)
			mu.Unlock()
			if from > 0 && query.Get("resourceVersion") != "" {
				t.Error("a later page of a list was asked for with a version")
			}
			to, mark := min(from+max(limit, 1), pods), ""
			if to < pods {
				mark = strconv.Itoa(to)
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":%q},"items":[`, mark)
			for i := from; i < to; i++ {
				if i > from {
					fmt.Fprint(w, ",")
				}
				fmt.Fprintf(w, `{"metadata":{"namespace":"shop","name":"pod-%d","uid":"%d","annotations":{"a":"%s"}},"status":{"podIP":"10.0.0.%d"}}`, i, i, filler, i)
			}
			fmt.Fprint(w, "]}")
		})
		store := newPodStore("", func(Pod, Pod) {}, func() {})
		list, err := source(cluster.api.pods(""), filter{}, store.Transformer()).ListWithContextFunc(t.Context(), metav1.ListOptions{ResourceVersion: "0"})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(list.(*smallList).Items); got != pods || list.(*smallList).ResourceVersion != "7" {
			t.Errorf("got %d pods of %d", got, pods)
		}
		for _, limit := range limits {
			if limit < 1 || limit > onePage {
				t.Errorf("%d objects were asked for at once", limit)
			}
		}
		if fewer := limits[len(limits)-1] < onePage; fewer != (size == 1<<20) {
			t.Errorf("pods of %d bytes were asked for with the limits %v", size, limits)
		}
	}
}
