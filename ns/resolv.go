package ns

import (
	"fmt"
	"os"

	"github.com/fennec-project/podtracer/internal/apart"
)

const resolvConf = "/etc/resolv.conf"

// resolv reads the /etc/resolv.conf that the process sees. A pod may have put anything in its place, so this process does not touch it.
func (p *process) resolv() ([]byte, error) {
	content, err := apart.Read(p.dir, resolvConf)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", resolvConf, err)
	}
	return content, nil
}

// learnResolv gives a namespace the pod's resolver: the file that the runtime made, else the file that a process of the pod sees, if it has
// been read, else the settings that the runtime was given.
func (c *CRI) learnResolv(n *Netns, info sandboxInfo) {
	if path := info.resolvPath(); path != "" {
		content, err := c.nodeFile(path)
		if err == nil {
			n.Resolv, n.ResolvErr = content, nil
			return
		}
		n.ResolvErr = fmt.Errorf("read %s: %w", path, err)
	}
	if n.Resolv == nil {
		n.Resolv = info.Config.DNS.render()
	}
}

// nodeFile reads a small file of the node, which is here or in the root of its process 1. A pod can write to, and lock, the file that it
// has as /etc/resolv.conf, but not replace it.
func (c *CRI) nodeFile(path string) (content []byte, err error) {
	seenBy := []string{"/proc/self"}
	if root, err := nodeRoot(c.proc); err == nil && root != "" {
		seenBy = append(seenBy, c.proc+"/1")
	}
	for _, process := range seenBy {
		if content, err = readAs(process, path); err == nil {
			return content, nil
		}
	}
	return nil, err
}

func readAs(process, path string) ([]byte, error) {
	dir, err := os.Open(process)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return apart.ReadHere(dir, path)
}
