package report

// Counters are what is known of the packets of a capture, beside those that were kept.
type Counters struct {
	Known            bool   // the tool has told the next three
	Received         uint64 // by the filter, in the kernel
	KernelDropped    uint64 // there was no room for them in the kernel's buffer
	InterfaceDropped uint64 // by the interface or its driver
	NotShown         int64  // no text was made of them; they are in the capture
	AgedOut          int64  // they left the ring
	AgedOutBytes     int64
}

// Dropped is how many packets passed the filter, or would have, and are not in the capture.
func (c Counters) Dropped() uint64 { return c.KernelDropped + c.InterfaceDropped }
