package k8s

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fennec-project/podtracer/internal/hint"
)

func labelled(name, uid, labels string) Pod {
	p := running("shop", name, uid)
	p.Labels = labels
	return p
}

func TestTheSelectorOfAWorkloadChoosesItsPods(t *testing.T) {
	m := NewMemory("test", "shop")
	web := labelled("web-5f7d9c-x2lpq", "1", "app=web")
	put(t, m, web)
	if err := m.Own(t.Context(), web, "Deployment", "web"); err != nil {
		t.Fatal(err)
	}
	if err := m.AddService(t.Context(), "shop", "cart", "10.96.0.7"); err != nil {
		t.Fatal(err)
	}
	c := m.Cluster()
	got, err := c.GroupOf(t.Context(), "deployment", "shop", "web")
	if want := (Group{"shop", "app=web", "deployment shop/web"}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if names, err := c.NamesOf(t.Context(), "deployment", "shop"); err != nil || len(names) != 1 || names[0] != "web" {
		t.Errorf("completed to %q, %v", names, err)
	}
	if _, err := c.GroupOf(t.Context(), "deployment", "shop", "nobody"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, err := c.GroupOf(t.Context(), "service", "shop", "cart"); err == nil || !strings.Contains(err.Error(), "selects no pods") || hint.Of(err) == "" {
		t.Error(err)
	}
	if err := m.Select(t.Context(), "shop", "cart", "app=cart"); err != nil {
		t.Fatal(err)
	}
	got, err = c.GroupOf(t.Context(), "service", "shop", "cart")
	if want := (Group{"shop", "app=cart", "service shop/cart"}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestASelectorOfExpressionsIsUnderstood(t *testing.T) {
	m := NewMemory("test", "shop")
	expressions := &metav1.LabelSelector{
		MatchLabels:      map[string]string{"app": "web"},
		MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "tier", Operator: metav1.LabelSelectorOpIn, Values: []string{"a", "b"}}},
	}
	set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Spec: appsv1.StatefulSetSpec{Selector: expressions}}
	if err := m.api.Put(t.Context(), "statefulsets", set); err != nil {
		t.Fatal(err)
	}
	got, err := m.Cluster().GroupOf(t.Context(), "statefulset", "shop", "web")
	if err != nil || got.Selector != "app=web,tier in (a,b)" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWithoutTheRightToAWorkloadItSaysWhichRightIsMissingAndHowToDoWithout(t *testing.T) {
	m := NewMemory("test", "shop")
	overhear(m, func(h heard) error {
		if h.Resource == "jobs" {
			return apierrors.NewForbidden(schema.GroupResource{Group: "batch", Resource: "jobs"}, "nightly", nil)
		}
		return nil
	})
	_, err := m.Cluster().GroupOf(t.Context(), "job", "shop", "nightly")
	if err == nil || !strings.Contains(err.Error(), "not allowed to get jobs in namespace shop") {
		t.Error(err)
	}
	for _, want := range []string{"-n shop --verb=get --resource=jobs", "manifests/rbac.yaml", "with -l"} {
		if !strings.Contains(hint.Of(err), want) {
			t.Errorf("no %q in %q", want, hint.Of(err))
		}
	}
}

func TestAWorkloadThatBreaksTheRulesIsRefused(t *testing.T) {
	for name, object := range map[string]string{
		"no JSON":                 `<html>`,
		"a selector of numbers":   `{"spec":{"selector":{"matchLabels":{"app":7}}}}`,
		"an impossible label":     `{"spec":{"selector":{"matchLabels":{"app":"\u001b[2J"}}}}`,
		"an unknown operator":     `{"spec":{"selector":{"matchExpressions":[{"key":"a","operator":"Like"}]}}}`,
		"a selector of all pods":  `{"spec":{"selector":{}}}`,
		"no selector":             `{"spec":{}}`,
		"a selector that is text": `{"spec":{"selector":"app=web"}}`,
	} {
		if got, err := selectorOf([]byte(object), false); err == nil || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestSelectorsAreReadAsKubectlReadsThem(t *testing.T) {
	for _, text := range []string{"app=web", "app==web", "app!=web", "app in (web, api)", "app notin (web)", "app", "!app", "app=web,tier!=db"} {
		if err := ReadSelector(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"", " ", "=web", "app=web tier=db", "app in web", "app=we b"} {
		if err := ReadSelector(text); err == nil || hint.Of(err) == "" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// awaitMatched waits for a list that satisfies a condition.
func awaitMatched(t *testing.T, m *Matching, what string, ok func(Matched) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var seen uint64
	for {
		now, version, err := m.Next(ctx, seen)
		if err != nil {
			last, _ := m.matched.Get()
			t.Fatalf("%s: did not come; the last list: %+v", what, last)
		}
		if seen = version; ok(now) {
			return
		}
	}
}

func namesOf(now Matched) string {
	var all []string
	for _, p := range now.Pods {
		all = append(all, p.Name)
	}
	return strings.Join(all, " ")
}

func TestThePodsOfAGroupAreFollowed(t *testing.T) {
	memory := NewMemory("test", "shop")
	a, b, other := labelled("web-a", "1", "app=web"), labelled("web-b", "2", "app=web"), labelled("db", "3", "app=db")
	put(t, memory, a)
	put(t, memory, other)
	ctx, cancel := context.WithCancel(t.Context())
	m, err := memory.Cluster().Matching(ctx, []Group{{"shop", "app=web", "-l app=web"}, {"", "app in (web,no)", "-l"}})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Follow(ctx)()
	defer cancel()
	if now := m.Now(); namesOf(now) != "web-a" {
		t.Errorf("at first: %s", namesOf(now)) // each once, and all of them at once
	}
	put(t, memory, b)
	awaitMatched(t, m, "a pod that comes", func(now Matched) bool { return namesOf(now) == "web-a web-b" })

	gone := make(chan Fate, 1)
	go func(b Pod) { // ends when the pod is gone
		fate, _ := m.Gone(ctx, b)
		gone <- fate
	}(b)
	b.Labels = "app=quarantine" // it still exists, and a tool in it goes on
	put(t, memory, b)
	awaitMatched(t, m, "a pod without its label", func(now Matched) bool { return namesOf(now) == "web-a" })
	b.Phase, b.Status, b.Ended = "Succeeded", "Completed", time.Now()
	put(t, memory, b)
	if fate := <-gone; fate.Reason != "has ended (Completed)" {
		t.Errorf("%+v", fate)
	}
}

func TestAGroupThatMayNotBeListedIsAnErrorAndOneThatMayNotBeWatchedIsTold(t *testing.T) {
	memory := NewMemory("test", "shop")
	put(t, memory, labelled("web-a", "1", "app=web"))
	refused := "list"
	overhear(memory, func(h heard) error {
		if h.verb == refused {
			return apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", nil)
		}
		return nil
	})
	group := []Group{{"shop", "app=web", "-l app=web"}}
	if _, err := memory.Cluster().Matching(t.Context(), group); err == nil || !strings.Contains(err.Error(), "not allowed to list pods in namespace shop") {
		t.Error(err)
	}
	refused = "watch"
	ctx, cancel := context.WithCancel(t.Context())
	m, err := memory.Cluster().Matching(ctx, group)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Follow(ctx)()
	defer cancel()
	awaitMatched(t, m, "the error", func(now Matched) bool { return now.Err != nil && namesOf(now) == "web-a" })
}
