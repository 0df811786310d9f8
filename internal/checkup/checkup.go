// Package checkup reports whether podtracer has what it needs: one Finding for each thing that was checked.
package checkup

// Finding is the result for one thing.
type Finding struct {
	Subject string `json:"subject"`         // what was checked: "runtime", "right to list pods"
	State   State  `json:"state"`           // whether podtracer can work with it
	Found   string `json:"found"`           // what was found
	Means   string `json:"means,omitempty"` // what a person cannot do because of it; "" if everything works
	Advice  string `json:"advice,omitempty"`
}

// State is how good a finding is.
type State string

// The states.
const (
	OK      State = "ok"
	Warning State = "warning" // podtracer works, but a part of it does not
	Failure State = "failure" // podtracer cannot run tools in pods
)

// Good returns a finding without a problem.
func Good(subject, found string) Finding { return Finding{Subject: subject, State: OK, Found: found} }
