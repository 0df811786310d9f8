package packets

import "testing"

func TestNoTalkerIsLostInARowThatIsTooShort(t *testing.T) {
	for text, want := range map[string]string{
		"cart-7f9c4-x2lpq.shop:41822": "cart-7….shop:41822", "10.0.0.1:80": "10.0.0.1:80", "[fd00:1234:5678:9abc::1]:443": "[fd00:1…bc::1]:443",
	} {
		if got := portFit(text, 18); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 99_999: "99,999", 120_400: "120k", 1_234_567: "1.2M", 5e9: "5.0G"} {
		if got := smallCount(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
