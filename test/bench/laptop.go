//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// laptop is a machine that no pod of the cluster is on, with pods of its own in the cluster. All of them go with their namespace.
type laptop struct {
	*bench
	client *kubernetes.Clientset
	api    int // the process of the API server; 0 if it is not on this machine
}

const laptopNamespace = "podtracer-bench-laptop"

// fromLaptop measures what reaches pods through helpers.
func (b *bench) fromLaptop(ctx context.Context, measure func(context.Context, *laptop) error) (err error) {
	client, err := api()
	if err != nil {
		return err
	}
	l := &laptop{bench: b, client: client}
	if out, err := exec.CommandContext(ctx, "pgrep", "-x", "kube-apiserver").Output(); err == nil {
		l.api, _ = strconv.Atoi(strings.Fields(string(out))[0])
	}
	privileged := map[string]string{"pod-security.kubernetes.io/enforce": "privileged"}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: laptopNamespace, Labels: privileged}}
	if _, err := client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("a bench runs already, or its namespace is not gone yet: %w", err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if removing := l.remove(ctx); err == nil {
			err = removing
		}
	}()
	return measure(ctx, l)
}

// remove removes the namespace, and waits until it is gone, so that the next measurement can make it.
func (l *laptop) remove(ctx context.Context) error {
	now := int64(0)
	if err := l.client.CoreV1().Pods(laptopNamespace).DeleteCollection(ctx, metav1.DeleteOptions{GracePeriodSeconds: &now}, metav1.ListOptions{}); err != nil {
		return err
	}
	for {
		err := l.client.CoreV1().Namespaces().Delete(ctx, laptopNamespace, metav1.DeleteOptions{})
		switch {
		case apierrors.IsNotFound(err):
			return nil
		case err != nil && !apierrors.IsConflict(err):
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// pod makes a pod on a node, with a command that runs on, and waits until it runs.
func (l *laptop) pods(ctx context.Context, image string, command []string, names map[string]string) error {
	for name, node := range names {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": strings.TrimRight(name, "-0123456789")}},
			Spec: corev1.PodSpec{
				NodeName: node, TerminationGracePeriodSeconds: new(int64), AutomountServiceAccountToken: new(bool),
				Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: resource.NewQuantity(2<<30, resource.BinarySI)}}}},
				Containers: []corev1.Container{{
					Name: "podtracer", Image: image, ImagePullPolicy: corev1.PullNever, Command: command,
					Env:          []corev1.EnvVar{{Name: "PODTRACER_DATA_DIR", Value: kept}},
					VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: kept}},
				}},
			},
		}
		if _, err := l.client.CoreV1().Pods(laptopNamespace).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return l.kubectl(ctx, nil, "wait", "--for=condition=Ready", "pod", "--all", "--timeout=120s")
}

// kept is the data directory in a pod.
const kept = "/var/lib/podtracer"

// kubectl runs kubectl in the namespace, and writes what it prints; nil: it is not wanted.
func (l *laptop) kubectl(ctx context.Context, out io.Writer, args ...string) error {
	return said(out, exec.CommandContext(ctx, "kubectl", append([]string{"-n", laptopNamespace}, args...)...))
}

// podtracerWith is podtracer with a kubeconfig; "" is that of the environment.
func (l *laptop) podtracerWith(ctx context.Context, kubeconfig string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, l.podtracer, args...)
	cmd.Env = append(os.Environ(), "PODTRACER_DATA_DIR="+l.data())
	if kubeconfig != "" {
		cmd.Env = append(cmd.Env, "KUBECONFIG="+kubeconfig)
	}
	return cmd
}

// helperFlags are for runs that make helpers of the image that is on the nodes.
func (l *laptop) helperFlags() []string {
	return []string{"--helper-image", l.image, "--helper-pull-policy", "Never", "-n", laptopNamespace}
}

// said runs a command, and says in its error what it said.
func said(out io.Writer, cmd *exec.Cmd) error {
	var words bytes.Buffer
	cmd.Stdout, cmd.Stderr = out, &words
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, words.String())
	}
	return nil
}

// apiCPU is the CPU time that the API server has used so far; 0 if that is not known.
func (l *laptop) apiCPU() time.Duration {
	used, err := cpuTime(l.api)
	if l.api == 0 || err != nil {
		return 0
	}
	return used
}

// through writes a kubeconfig of the cluster as it is reached through a proxy.
func (l *laptop) through(address string) (path string, server string, err error) {
	config, err := clientcmd.LoadFromFile(os.Getenv("KUBECONFIG"))
	if err != nil {
		return "", "", err
	}
	for _, cluster := range config.Clusters {
		at, err := url.Parse(cluster.Server)
		if err != nil {
			return "", "", err
		}
		host, _, err := net.SplitHostPort(at.Host)
		if err != nil {
			return "", "", err
		}
		server = at.Host
		cluster.Server, cluster.TLSServerName = "https://"+address, host
	}
	path = filepath.Join(l.dir, "kubeconfig")
	return path, server, clientcmd.WriteToFile(*config, path)
}
