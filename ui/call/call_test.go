package call

import "testing"

func TestALineHasTheNameAndTheFlagsThatItNeeds(t *testing.T) {
	flags := Call{Cluster: []string{"--context", "east coast"}, Starting: []string{"--helper-idle", "5m"}, Directory: "/data"}
	plugin, demo := flags, Call{Demo: true, Starting: flags.Starting, Cluster: flags.Cluster, Directory: "/data"}
	plugin.Program = "kubectl podtracer"
	for _, c := range []struct{ got, want string }{
		{Call{}.Run("--pod", "a", "--", "echo", "a b"), "podtracer run --pod a -- echo 'a b'"},
		{Call{}.Kept("attach", "k3x9q-1"), "podtracer attach k3x9q-1"},
		{Call{}.Ask("ps"), "podtracer ps"},
		{Call{}.Here("runs save", "k3x9q-1"), "podtracer runs save k3x9q-1"},
		{Call{}.Kubectl("get pod", "x"), "kubectl get pod x"},
		{flags.Run("--pod", "a"), "podtracer run --context 'east coast' --helper-idle 5m --data-dir /data --pod a"},
		{flags.Kept("get", "podtracer/h:k3x9q-1"), "podtracer get --context 'east coast' --data-dir /data podtracer/h:k3x9q-1"},
		{flags.Ask("clean", "--discard", "podtracer/h"), "podtracer clean --context 'east coast' --discard podtracer/h"},
		{flags.Here("runs"), "podtracer runs --data-dir /data"},
		{flags.All("doctor"), "podtracer doctor --context 'east coast' --helper-idle 5m --data-dir /data"},
		{flags.Kubectl("delete pod", "x"), "kubectl delete pod --context 'east coast' x"},
		{plugin.Ask("ps"), "kubectl podtracer ps --context 'east coast'"},
		{demo.Run("--pod", "a"), "podtracer demo run --data-dir /data --pod a"},
		{demo.Here("runs"), "podtracer runs --data-dir /data"},
	} {
		if c.got != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}
