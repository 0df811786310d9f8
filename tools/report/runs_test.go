package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestAReportOfManyPodsFitsWhereTheKubeletReadsItAndKeepsTheWorst(t *testing.T) {
	r := &Report{Schema: Schema, Podtracer: "v1", Argv: []string{"true"}, Outcome: "1 ended with status 7"}
	for i := range 60 {
		run := Run{Pod: Pod{Namespace: "shop", Name: fmt.Sprintf("web-%d", i), UID: fmt.Sprint(i)}, Outcome: strings.Repeat("text ", 20)}
		if i == 42 {
			run.Exit.Status = 7
		}
		r.Runs = append(r.Runs, run)
	}
	text, err := r.Encode()
	var read Report
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if err != nil || len(text) > reportSize || !read.Shortened || len(read.Runs) < 10 || read.Runs[0].Pod.Name != "web-42" || read.Runs[1].Pod.Name != "web-0" {
		t.Errorf("%d bytes, %v: %s", len(text), err, text)
	}
	whole, err := r.EncodeAll()
	if err != nil || strings.Count(string(whole), `"pod":`) != 60 || strings.Contains(string(whole), "shortened") {
		t.Errorf("%v: %s", err, whole)
	}
	for i := range r.Runs { // so long that not even one fits
		r.Runs[i].Outcome = strings.Repeat("text ", 2000)
	}
	if text, err = r.Encode(); err != nil || len(text) > reportSize || strings.Contains(string(text), `"runs"`) {
		t.Errorf("%d bytes, %v: %s", len(text), err, text)
	}
}
