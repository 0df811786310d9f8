// Package checkup is what somebody finds who checks that podtracer has what it needs: one Finding for each thing that was looked at.
package checkup

// Finding is what was found about one thing.
type Finding struct {
	Subject string `json:"subject"`         // what was looked at: "runtime", "right to list pods"
	State   State  `json:"state"`           // whether podtracer can work with it
	Found   string `json:"found"`           // what is there
	Means   string `json:"means,omitempty"` // what a person cannot do because of it; "" if all is well
	Advice  string `json:"advice,omitempty"`
}

// State is how good a finding is.
type State string

// The states.
const (
	OK      State = "ok"
	Warning State = "warning" // podtracer works, and something of it does not
	Failure State = "failure" // podtracer cannot run tools in pods
)

// Good is a finding that nobody has to care about.
func Good(subject, found string) Finding { return Finding{Subject: subject, State: OK, Found: found} }
