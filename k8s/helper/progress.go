package helper

import (
	corev1 "k8s.io/api/core/v1"
)

// Progress is how far a helper has come.
type Progress struct {
	Step   string // for people: created, scheduled, pulling, …
	Ready  bool
	Failed string // why it cannot become ready; "" if it still can
}

// hopeless are the reasons of waiting containers that do not go away by themselves.
var hopeless = map[string]bool{
	"ErrImagePull": true, "ImagePullBackOff": true, "ErrImageNeverPull": true, "InvalidImageName": true, "CreateContainerConfigError": true,
	"CreateContainerError": true, "RunContainerError": true, "CrashLoopBackOff": true,
}

// ProgressOf says how far a helper has come. Its texts contain texts of the API.
func ProgressOf(pod *corev1.Pod) Progress {
	switch pod.Status.Phase {
	case corev1.PodFailed, corev1.PodSucceeded:
		return Progress{Step: "has ended", Failed: "it has ended" + because(pod.Status.Reason, pod.Status.Message) + ended(pod)}
	}
	if pod.DeletionTimestamp != nil {
		return Progress{Step: "is being deleted", Failed: "somebody deletes it"}
	}
	for _, c := range pod.Status.ContainerStatuses {
		switch {
		case c.State.Running != nil:
			return Progress{Step: "runs", Ready: true}
		case c.State.Waiting != nil && hopeless[c.State.Waiting.Reason]:
			return Progress{Step: "waits", Failed: "it cannot be started" + because(c.State.Waiting.Reason, c.State.Waiting.Message)}
		}
	}
	for _, c := range pod.Status.Conditions {
		if c.Type != corev1.PodScheduled {
			continue
		}
		if c.Status == corev1.ConditionTrue {
			return Progress{Step: "is scheduled; its node pulls the image and starts it"}
		}
		return Progress{Step: "is not scheduled" + because(c.Reason, c.Message)}
	}
	return Progress{Step: "is created"}
}

func ended(pod *corev1.Pod) string {
	for _, c := range pod.Status.ContainerStatuses {
		if t := c.State.Terminated; t != nil {
			return because(t.Reason, t.Message)
		}
	}
	return ""
}

func because(reason, message string) string {
	switch {
	case reason == "" && message == "":
		return ""
	case message == "":
		return " (" + reason + ")"
	case reason == "":
		return " (" + message + ")"
	default:
		return " (" + reason + ": " + message + ")"
	}
}
