package report

// Counters are what is known about the packets of a capture, besides those that were kept.
type Counters struct {
	Known            bool   // the tool has told the next three
	Received         uint64 // by the filter, in the kernel
	KernelDropped    uint64 // no room in the kernel's buffer
	InterfaceDropped uint64 // by the interface or its driver
	NotShown         int64  // in the capture, but not shown as text
	AgedOut          int64  // left the ring
	AgedOutBytes     int64
}

// Dropped is how many packets are not in the capture because the kernel or the interface had no room.
func (c Counters) Dropped() uint64 { return c.KernelDropped + c.InterfaceDropped }
