package k8s

import "testing"

// The kubelet puts the addresses of a pod with two of them into the order of its node, and the runtime into that of the network plugin.
func TestAPodWhoseAddressesComeInAnotherOrderIsInTheSameNetworkNamespace(t *testing.T) {
	was := Pod{UID: "a", IPs: []string{"fd00::7", "10.0.0.7"}}
	if fate := FateOf(was, Pod{UID: "a", IPs: []string{"10.0.0.7", "fd00::7"}}); fate.Reason != "" {
		t.Errorf("got %+v", fate)
	}
	if fate := FateOf(was, Pod{UID: "a", IPs: []string{"10.0.0.8", "fd00::8"}}); !fate.Renewed {
		t.Errorf("got %+v", fate)
	}
}
