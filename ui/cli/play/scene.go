package play

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/k8s"
)

// scene is what the demo's API knows besides its pods: their owners, their events, the services in front of them.
func (p *Play) scene(ctx context.Context) error {
	for _, of := range []struct {
		who   part
		owner string
	}{
		{dns, "Deployment dns"}, {web, "Deployment web"}, {api, "Deployment api"}, {flaky, "Deployment cache"},
		{db, "StatefulSet db"}, {client, "StatefulSet client"},
	} {
		who, owner := of.who, of.owner
		kind, name, _ := strings.Cut(owner, " ")
		if err := p.cluster.Own(ctx, who.pod(), kind, name); err != nil {
			return err
		}
		for _, e := range []k8s.Event{
			{Reason: "Scheduled", Message: "Successfully assigned " + who.pod().String() + " to " + Node},
			{Reason: "Pulled", Message: "Container image already present on machine"},
			{Reason: "Started", Message: "Started container " + name},
		} {
			e.Time, e.Type = time.Now(), "Normal"
			if err := p.cluster.Happen(ctx, who.pod(), e); err != nil {
				return err
			}
		}
	}
	for i, name := range []string{"web", "api", "cache", "db"} {
		ip := addresses(byte(110 + i))[0].As4()
		ip[1] = 96 // services have addresses of their own: 10.96.0.110
		if err := p.cluster.AddService(ctx, "shop", name, netip.AddrFrom4(ip).String()); err != nil {
			return err
		}
		if err := p.cluster.Select(ctx, "shop", name, "app="+name); err != nil {
			return err
		}
	}
	return nil
}
