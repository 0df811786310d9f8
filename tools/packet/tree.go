package packet

import (
	"fmt"

	"github.com/gopacket/gopacket"
)

// Layer is a layer of a packet, with its fields.
type Layer struct {
	Name       string
	Start, End int // of its bytes in the packet
	Fields     []Field
}

// Field is a value of a layer. Its text contains what came over the network, and is not safe for a terminal.
type Field struct {
	Name, Value string
	Start, End  int // of its bytes in the packet; those of its layer if they are not known
}

// Decode dissects a packet, from its link header to its payload. original is its length in bytes before it was cut.
func Decode(linkType uint32, data []byte, original int) []Layer {
	const most = 64 // layers, however they are nested
	d := &decoder{data: data, end: len(data), cut: len(data) < original}
	next := linkStage(linkType, data)
	for len(d.out) < most && next != nil {
		next = next(d)
	}
	if n := len(d.out); d.cut && (n == 0 || d.out[n-1].Name != cutOff) {
		missing := figuresOf(original-len(data)) + " were not kept"
		d.add(Layer{cutOff, len(data), len(data), []Field{{"Rest", missing, len(data), len(data)}}})
	}
	return d.out
}

// decoder dissects a packet, layer by layer.
type decoder struct {
	data     []byte
	at, end  int // bounds of the bytes that are not yet dissected
	cut      bool
	fragment bool // the rest of the payload is in other fragments
	out      []Layer
}

// stage dissects one layer and returns the next stage; nil if there is none.
type stage func(*decoder) stage

// left returns the bytes that are not yet dissected.
func (d *decoder) left() []byte { return d.data[d.at:d.end] }

// by returns a stage that uses a decoder of the library. If trusted, a whole packet that the decoder rejects is malformed.
func by(library gopacket.Decoder, what string, trusted bool) stage {
	return func(d *decoder) stage {
		b := builder{}
		err := b.decode(library, d.left())
		for _, l := range b.layers {
			start, end := d.place(l, err == nil)
			if start < end {
				d.add(layerOf(l, start, end))
				d.at = max(d.at, min(d.end, end))
			}
		}
		if err != nil || len(b.layers) == 0 {
			return d.fail(what, trusted, err)
		}
		last := b.layers[len(b.layers)-1]
		d.at, d.end = d.within(last.LayerPayload())
		return d.after(last, b.next)
	}
}

// place returns where a layer is. A layer that does not tell which bytes are its own gets all that are left, if it was understood.
func (d *decoder) place(l gopacket.Layer, understood bool) (start, end int) {
	if contents := l.LayerContents(); len(contents) > 0 {
		start = offsetIn(d.data, contents)
		return start, min(len(d.data), start+len(contents))
	}
	if !understood || len(l.LayerPayload()) > 0 {
		return d.at, d.at
	}
	return d.at, d.end
}

// within returns where a layer's payload is.
func (d *decoder) within(payload []byte) (start, end int) {
	if len(payload) == 0 {
		return d.end, d.end
	}
	start = offsetIn(d.data, payload)
	return start, min(d.end, start+len(payload))
}

// fail says why a layer could not be dissected.
func (d *decoder) fail(what string, trusted bool, err error) stage {
	at, end := d.at, d.end
	d.at = end
	switch {
	case d.cut:
		d.add(Layer{cutOff, at, end, []Field{{"Layer", what, at, end}}})
	case d.fragment:
		d.add(Layer{"fragment", at, end, []Field{{"Layer", what + ", which continues in other fragments", at, end}}})
	case trusted && err != nil:
		d.add(Layer{"malformed", at, end, []Field{{"Layer", what, at, end}, {"Reason", err.Error(), at, end}}})
	default:
		d.bytes(what, at, end)
	}
	return nil
}

func (d *decoder) add(l Layer) { d.out = append(d.out, l) }

// data returns a stage for bytes that are not dissected. what is their protocol, if it is known.
func data(what string) stage {
	return func(d *decoder) stage {
		d.bytes(what, d.at, d.end)
		return nil
	}
}

func (d *decoder) bytes(what string, start, end int) {
	if start >= end {
		return
	}
	l := Layer{Name: "Data", Start: start, End: end}
	if what != "" {
		l.Fields = append(l.Fields, Field{"Protocol", what, start, end})
	}
	d.add(Layer{l.Name, start, end, append(l.Fields, Field{"Length", fmt.Sprint(end - start), start, end})})
}

// builder collects the layers of one decoder of the library, and the decoder that it wants next, without calling that.
type builder struct {
	layers []gopacket.Layer
	next   gopacket.Decoder
}

func (b *builder) decode(by gopacket.Decoder, data []byte) (err error) {
	defer func() {
		if recover() != nil { // the decoder has panicked
			err, b.layers = nil, nil
		}
	}()
	return by.Decode(data, b)
}

func (b *builder) AddLayer(l gopacket.Layer) { b.layers = append(b.layers, l) }

func (b *builder) NextDecoder(next gopacket.Decoder) error {
	b.next = next
	return nil
}

func (*builder) SetTruncated()                                 {}
func (*builder) SetLinkLayer(gopacket.LinkLayer)               {}
func (*builder) SetNetworkLayer(gopacket.NetworkLayer)         {}
func (*builder) SetTransportLayer(gopacket.TransportLayer)     {}
func (*builder) SetApplicationLayer(gopacket.ApplicationLayer) {}
func (*builder) SetErrorLayer(gopacket.ErrorLayer)             {}
func (*builder) DumpPacketData()                               {}
func (*builder) DecodeOptions() *gopacket.DecodeOptions        { return &gopacket.DecodeOptions{NoCopy: true} }

// offsetIn returns where part begins in data; the end of data if part is not a slice of it.
func offsetIn(data, part []byte) int {
	if len(part) == 0 {
		return len(data)
	}
	at := cap(data) - cap(part)
	if at < 0 || at+len(part) > len(data) || &data[at] != &part[0] {
		return len(data)
	}
	return at
}
