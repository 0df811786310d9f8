package cli

import (
	"testing"

	"github.com/fennec-project/podtracer/internal/hint"
)

func TestAPodIsNamedInEveryFormThatPeopleSee(t *testing.T) {
	for _, c := range []struct{ text, given, namespace, name string }{
		{"cart-0", "", "", "cart-0"},
		{"cart-0", "shop", "shop", "cart-0"},
		{"shop/cart-0", "", "shop", "cart-0"},
		{"shop/cart-0", "shop", "shop", "cart-0"},
		{"pod/cart-0", "", "", "cart-0"},
		{"pods/cart-0", "shop", "shop", "cart-0"},
		{"po/cart-0", "", "", "cart-0"},
		{"shop/pod/cart-0", "", "shop", "cart-0"},
		{"pod/shop/cart-0", "", "shop", "cart-0"},
		{"shop/pod", "", "shop", "pod"},
		{"pod", "", "", "pod"},
	} {
		namespace, name, err := readPod(c.text, c.given)
		if err != nil || namespace != c.namespace || name != c.name {
			t.Errorf("%s with -n %q: got %q, %q, %v", c.text, c.given, namespace, name, err)
		}
	}
	for _, c := range []struct{ text, given string }{
		{"shop/cart-0", "other"}, {"shop/pod/cart-0", "other"}, {"a/b/c", ""}, {"/cart-0", ""}, {"shop/", ""}, {"pod/", ""}, {"a//b", ""},
	} {
		if namespace, name, err := readPod(c.text, c.given); err == nil || hint.Of(err) == "" {
			t.Errorf("%s with -n %q: got %q, %q, %v", c.text, c.given, namespace, name, err)
		}
	}
}
