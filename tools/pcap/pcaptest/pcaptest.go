// Package pcaptest makes streams for tests.
package pcaptest

import (
	"bytes"
	"encoding/binary"
)

// Stream returns a stream of packets, each with its number as its time.
func Stream(packets int) []byte {
	stream := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	stream = append(stream, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	stream = binary.LittleEndian.AppendUint32(stream, 262144)
	stream = binary.LittleEndian.AppendUint32(stream, 1)
	for i := range packets {
		size := uint32(60 + i*37%1400)
		stream = binary.LittleEndian.AppendUint32(stream, uint32(i)+1)
		stream = binary.LittleEndian.AppendUint32(stream, 0)
		stream = binary.LittleEndian.AppendUint32(stream, size)
		stream = binary.LittleEndian.AppendUint32(stream, size)
		stream = append(stream, bytes.Repeat([]byte{byte(i)}, int(size))...)
	}
	return stream
}

// Packet returns a packet whose header says that it has says bytes, followed by has bytes.
func Packet(says uint32, has int) []byte {
	head := binary.LittleEndian.AppendUint32(make([]byte, 8), says)
	head = binary.LittleEndian.AppendUint32(head, says)
	return append(head, make([]byte, has)...)
}
