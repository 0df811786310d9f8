#!/bin/bash
# node.sh N: starts node N (called by up.sh): its own pid, mount, network, uts and ipc namespaces, a cable to the bridge, and
# node-init.sh inside.
set -euo pipefail
. "$(dirname "$0")/settings.sh"

n=$1
name=node$n
disk=$state/$name # the node's /var/lib and /var/log, and its configuration

# containerd_config: restrict_oom_score_adj, because a machine without CAP_SYS_RESOURCE may not lower oom_score_adj, and runc would
# fail with "can't get final child's PID from pipe: EOF".
containerd_config() {
	if has_containerd2 "$n"; then containerd2_config; else containerd1_config; fi >"$disk/containerd.toml"
}

containerd1_config() {
	cat <<-END
		version = 2
		[plugins."io.containerd.internal.v1.opt"]
		  path = "/var/lib/containerd/opt"
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "$workload_image"
		  restrict_oom_score_adj = true
		  [plugins."io.containerd.grpc.v1.cri".cni]
		    bin_dir = "/usr/lib/cni"
		    conf_dir = "$disk/cni"
	END
}

containerd2_config() {
	cat <<-END
		version = 3
		[plugins."io.containerd.internal.v1.opt"]
		  path = "/var/lib/containerd/opt"
		[plugins."io.containerd.cri.v1.images".pinned_images]
		  sandbox = "$workload_image"
		[plugins."io.containerd.cri.v1.runtime"]
		  restrict_oom_score_adj = true
		  [plugins."io.containerd.cri.v1.runtime".cni]
		    bin_dirs = ["/usr/lib/cni"]
		    conf_dir = "$disk/cni"
	END
}

# images gives the node's containerd the images that image.sh unpacked: the files of images as hard links, because they never
# change, and the databases as copies.
images() {
	local from=$containerd_root to=$disk/lib/containerd file
	cp -al "$from" "$to" 2>/dev/null || { # the node's disk is on another file system
		rm -rf "$to"
		cp -a "$from" "$to"
	}
	while read -r file; do cp --remove-destination "$from/$file" "$to/$file"; done < <(cd "$from" && find . -maxdepth 2 -name '*.db')
}

cni_config() {
	# ptp instead of bridge: every packet between pods is routed, so that a Service also works between two pods of the same node.
	mkdir "$disk/cni"
	cat >"$disk/cni/10-ptp.conflist" <<-END
		{"cniVersion": "1.0.0", "name": "podtracer", "plugins": [
		 {"type": "ptp", "ipam": {"type": "host-local", "ranges": [[{"subnet": "$(pod_cidr "$n")"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
		 {"type": "portmap", "capabilities": {"portMappings": true}}]}
	END
}

kubelet_config() {
	# evictionHard, localStorageCapacityIsolation: on some root devices the kubelet cannot tell how full a disk is.
	# clusterDNS: nothing answers at this address, but it gives pods a resolv.conf that differs from the node's.
	cat >"$disk/kubelet.yaml" <<-END
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $state/pki/ca.crt}}
		authorization: {mode: Webhook}
		tlsCertFile: $state/pki/$name.crt
		tlsPrivateKeyFile: $state/pki/$name.key
		containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
		cgroupDriver: cgroupfs
		cgroupRoot: /$name
		failCgroupV1: false
		failSwapOn: false
		evictionHard: {}
		localStorageCapacityIsolation: false
		volumePluginDir: /var/lib/kubelet/plugins
		resolvConf: $disk/resolv.conf
		clusterDNS: [10.96.0.10]
		clusterDomain: cluster.local
	END
	cp -L /etc/resolv.conf "$disk/resolv.conf" # often a link into /run, which the node does not share
}

proxy_config() {
	cat >"$disk/proxy.yaml" <<-END
		apiVersion: kubeproxy.config.k8s.io/v1alpha1
		kind: KubeProxyConfiguration
		clientConnection: {kubeconfig: $state/proxy.kubeconfig}
		hostnameOverride: $name
		mode: iptables
		clusterCIDR: 10.244.0.0/16
		conntrack: {maxPerCore: 0}
	END
}

cgroups() {
	local root=/sys/fs/cgroup hierarchy file controller
	if [ -f $root/cgroup.controllers ]; then # cgroup version 2
		for controller in $(<$root/cgroup.controllers); do
			echo "+$controller" >$root/cgroup.subtree_control || true # some controllers cannot be delegated
		done
		mkdir -p "$root/$name"
		return
	fi
	for hierarchy in "$root"/*/; do
		[ "$hierarchy" = $root/unified/ ] || mkdir -p "$hierarchy$name"
	done
	for file in cpuset.cpus cpuset.mems; do # both are empty in a new group, and no process can run there until they are set
		[ ! -f "$root/cpuset/$file" ] || cat "$root/cpuset/$file" >"$root/cpuset/$name/$file"
	done
}

boot() {
	setsid unshare --pid --mount --net --uts --ipc --fork --kill-child \
		"$here/node-init.sh" "$n" "$disk" >"$state/log/$name-init.log" 2>&1 </dev/null &
	local tries
	for tries in $(seq 100); do
		[ -s "$state/run/$name.pid" ] && break
		[ "$tries" -lt 100 ] || die "$name does not start, see $state/log/$name-init.log"
		sleep 0.05
	done
	ip link add "pt-$name" type veth peer name eth0 netns "$(<"$state/run/$name.pid")"
	ip link set "pt-$name" master "$bridge" up
}

main() {
	mkdir -p "$disk"/{lib,log,cgroup}
	images
	containerd_config
	cni_config
	kubelet_config
	proxy_config
	cgroups
	boot
}

main
