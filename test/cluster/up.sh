#!/bin/bash
# up.sh: starts a real Kubernetes cluster on this machine, without a container registry, and deploys podtracer's manifests and a
# workload to look at. etcd, API server, controllers and scheduler run on the machine; each node has its own namespaces,
# containerd, kubelet and kube-proxy. up.sh first clears what an earlier cluster left. Needs root; prints the environment that
# kubectl needs.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

export PATH=$cache/bin:$PATH
pki=$state/pki
sysctls=(vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys kernel.keys.root_maxbytes)

prepare() {
	"$here/install.sh"
	"$here/build.sh"
	"$here/image.sh"
	"$here/down.sh"
	local port
	for port in 2479 2480 6443; do
		[ -z "$(ss -Hlnt "sport = :$port")" ] || die "port $port is taken: $(ss -Hlntp "sport = :$port")"
	done
	# Not mkdir -p: our keys must not go into a directory that somebody else made in a place where all users may write.
	mkdir -m 700 "$state"
	mkdir "$state"/{run,log,pki}
	sysctl -e "${sysctls[@]}" >"$state/sysctls" # the kubelet changes them; down.sh restores them
}

certificate() { # NAME SUBJECT SUBJECT-ALT-NAMES
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$pki/$1.key" -subj "$2" 2>/dev/null |
		openssl x509 -req -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -out "$pki/$1.crt" -days 3650 \
			-extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$3") 2>/dev/null
}

certificates() {
	local i
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$pki/ca.key" -out "$pki/ca.crt" \
		-subj /CN=podtracer-cluster -days 3650 2>/dev/null
	certificate apiserver /CN=kube-apiserver "IP:127.0.0.1,IP:10.96.0.1,IP:$host_ip,DNS:kubernetes,DNS:kubernetes.default,DNS:localhost"
	certificate apiserver-kubelet /O=system:masters/CN=apiserver-kubelet DNS:apiserver
	certificate admin /O=system:masters/CN=admin DNS:admin
	certificate controllers /CN=system:kube-controller-manager DNS:controllers
	certificate scheduler /CN=system:kube-scheduler DNS:scheduler
	certificate proxy /CN=system:kube-proxy DNS:proxy
	for i in $(seq "$nodes"); do
		certificate "node$i" "/O=system:nodes/CN=system:node:node$i" "DNS:node$i,IP:$(node_ip "$i")"
	done
	openssl ecparam -name prime256v1 -genkey -noout -out "$pki/sa.key"
	openssl ec -in "$pki/sa.key" -pubout -out "$pki/sa.pub" 2>/dev/null
}

kubeconfig() { # USER
	cat >"$state/$1.kubeconfig" <<-END
		apiVersion: v1
		kind: Config
		clusters: [{name: podtracer, cluster: {server: "https://$host_ip:6443", certificate-authority: $pki/ca.crt}}]
		users: [{name: $1, user: {client-certificate: $pki/$1.crt, client-key: $pki/$1.key}}]
		contexts: [{name: podtracer, context: {cluster: podtracer, user: $1}}]
		current-context: podtracer
	END
}

kubeconfigs() {
	local user
	for user in admin controllers scheduler proxy $(seq -f node%g "$nodes"); do kubeconfig "$user"; done
	export KUBECONFIG=$state/admin.kubeconfig
}

network() {
	local i
	ip link add "$bridge" type bridge
	ip addr add "$host_ip/24" dev "$bridge"
	ip link set "$bridge" up
	# These routes carry the API server's answers to pods.
	for i in $(seq "$nodes"); do ip route add "$(pod_cidr "$i")" via "$(node_ip "$i")" dev "$bridge" onlink; done
	# Where bridged packets pass the firewall, as on machines with Docker, nodes may need this rule to reach each other.
	[ ! -e /proc/sys/net/bridge ] || iptables -I FORWARD -i "$bridge" -o "$bridge" -j ACCEPT
}

start() { # NAME COMMAND…
	local name=$1
	shift
	setsid "$@" >"$state/log/$name.log" 2>&1 </dev/null &
	echo $! >"$state/run/$name.pid"
}

wait_for_api() {
	local end=$((SECONDS + 60))
	until kubectl get --raw /readyz >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || die "the API server does not become ready, see $state/log"
		sleep 0.2
	done
}

control_plane() {
	local client=http://127.0.0.1:2479 peer=http://127.0.0.1:2480
	start etcd etcd --data-dir "$state/etcd" --unsafe-no-fsync --listen-client-urls $client --advertise-client-urls $client \
		--listen-peer-urls $peer --initial-advertise-peer-urls $peer --initial-cluster default=$peer
	start apiserver kube-apiserver --etcd-servers=$client --secure-port=6443 --advertise-address="$host_ip" \
		--tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
		--service-account-issuer=https://kubernetes.default.svc \
		--service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" \
		--service-cluster-ip-range=10.96.0.0/16 --authorization-mode=Node,RBAC --allow-privileged=true \
		--kubelet-client-certificate="$pki/apiserver-kubelet.crt" --kubelet-client-key="$pki/apiserver-kubelet.key" \
		--kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP
	wait_for_api
	start controllers kube-controller-manager --kubeconfig="$state/controllers.kubeconfig" --leader-elect=false \
		--kube-api-qps=500 --kube-api-burst=500 \
		--use-service-account-credentials=true --service-account-private-key-file="$pki/sa.key" --root-ca-file="$pki/ca.crt" \
		--cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
		--flex-volume-plugin-dir="$state/flexvolume" \
		${CONTROLLERS:+"--controllers=$CONTROLLERS"}
	start scheduler kube-scheduler --kubeconfig="$state/scheduler.kubeconfig" --leader-elect=false
}

deploy() {
	# The namespace comes first, so that its root certificate exists when pods mount it: the kubelet is slow to try again.
	kubectl apply --server-side -f "$repo/manifests/namespace.yaml" >/dev/null
	kubectl wait --for=create --namespace podtracer configmap/kube-root-ca.crt --timeout=60s >/dev/null
	# LoadRestrictionsNone: one of the manifests is not in their kustomization, and kustomize otherwise reads no file outside this
	# directory.
	kubectl kustomize --load-restrictor LoadRestrictionsNone "$here" | kubectl apply --server-side -f - >/dev/null
	local i
	for i in $(seq "$nodes"); do kubectl wait --for=create "node/node$i" --timeout=60s >/dev/null; done
	kubectl wait --for=condition=Ready node --all --timeout=60s >/dev/null
	kubectl wait --for=condition=Ready pod --selector '!not-ready' --all-namespaces --timeout=60s >/dev/null
}

main() {
	need_root
	prepare
	certificates
	kubeconfigs
	network
	local i
	for i in $(seq "$nodes"); do "$here/node.sh" "$i"; done # the nodes wait for the control plane
	control_plane
	deploy
	echo "export KUBECONFIG=$KUBECONFIG PATH=$cache/bin:\$PATH"
}

main
