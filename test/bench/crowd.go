//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	crowdNamespaces = 20
	crowdWriters    = 32
	crowdLabel      = "podtracer-bench"
	crowdPodSize    = 12 << 10 // bytes
)

// api returns a client that uses protobuf, without rate limits, for the cluster of $KUBECONFIG.
func api() (*kubernetes.Clientset, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	config.AcceptContentTypes, config.ContentType = "application/vnd.kubernetes.protobuf", "application/vnd.kubernetes.protobuf"
	config.QPS = -1
	return kubernetes.NewForConfig(config)
}

// bareList lists all pods in one answer, and says how long that took, including the connection.
func bareList(ctx context.Context) error {
	begin := time.Now()
	client, err := api()
	if err != nil {
		return err
	}
	list, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	fmt.Println(time.Since(begin).Nanoseconds(), len(list.Items))
	return nil
}

// addCrowd writes pods that no scheduler takes, spread over namespaces, straight to the API.
func (b *bench) addCrowd(ctx context.Context, client kubernetes.Interface) error {
	for i := range crowdNamespaces {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: crowdNamespace(i), Labels: map[string]string{crowdLabel: ""}}}
		if _, err := client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	for i := range crowdNamespaces { // a pod needs its service account
		for ; ; time.Sleep(100 * time.Millisecond) {
			_, err := client.CoreV1().ServiceAccounts(crowdNamespace(i)).Get(ctx, "default", metav1.GetOptions{})
			if err == nil {
				break
			}
			if !apierrors.IsNotFound(err) {
				return err
			}
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	numbers := make(chan int)
	var writing sync.WaitGroup
	for range crowdWriters {
		writing.Go(func() { // ends when numbers is closed
			for i := range numbers {
				pod := crowdPod(i)
				if _, err := client.CoreV1().Pods(pod.Namespace).Create(ctx, pod, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
					cancel(err)
				}
			}
		})
	}
	for i := 0; i < b.crowd && ctx.Err() == nil; i++ {
		numbers <- i
	}
	close(numbers)
	writing.Wait()
	return context.Cause(ctx)
}

func crowdNamespace(i int) string { return fmt.Sprintf("bench-team-%02d", i) }

// crowdPod is a pod as a Deployment makes it: two containers with their environment. An annotation fills it up to its size.
func crowdPod(i int) *corev1.Pod {
	app := fmt.Sprintf("app-%04d", i/20)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: crowdNamespace(i / 20 % crowdNamespaces), Name: fmt.Sprintf("%s-5d4f8c7b9-%05d", app, i),
			Labels: map[string]string{
				"app.kubernetes.io/name": app, "app.kubernetes.io/part-of": "bench", "pod-template-hash": "5d4f8c7b9", "tier": "backend",
			},
			Annotations: map[string]string{},
		},
		Spec: corev1.PodSpec{SchedulerName: "nobody", AutomountServiceAccountToken: new(bool)},
	}
	for _, name := range []string{"app", "proxy"} {
		c := corev1.Container{Name: name, Image: "registry.example/team/" + name + ":v1.42.7"}
		for n := range 25 {
			c.Env = append(c.Env, corev1.EnvVar{Name: fmt.Sprintf("SETTING_%02d", n), Value: strings.Repeat("value-", 10)})
		}
		pod.Spec.Containers = append(pod.Spec.Containers, c)
	}
	const added = 2500 // by the API: defaults, status and managed fields
	pod.Annotations["bench/filler"] = strings.Repeat("x", max(0, crowdPodSize-added-pod.Size()))
	return pod
}

// removeCrowd removes the crowd, and what an earlier bench has left.
func removeCrowd(ctx context.Context, client kubernetes.Interface) error {
	list, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{LabelSelector: crowdLabel})
	if err != nil {
		return err
	}
	now := int64(0)
	var removing sync.WaitGroup
	for _, namespace := range list.Items {
		removing.Go(func() { // ends with the API's answers; failures are noticed below
			_ = client.CoreV1().Pods(namespace.Name).DeleteCollection(ctx, metav1.DeleteOptions{GracePeriodSeconds: &now}, metav1.ListOptions{})
			_ = client.CoreV1().Namespaces().Delete(ctx, namespace.Name, metav1.DeleteOptions{})
		})
	}
	removing.Wait()
	for ctx.Err() == nil {
		list, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{LabelSelector: crowdLabel})
		if err != nil || len(list.Items) == 0 {
			return err
		}
		time.Sleep(500 * time.Millisecond)
	}
	return ctx.Err()
}
