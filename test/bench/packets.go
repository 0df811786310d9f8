//go:build unix

package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

const (
	fileHead   = 24 // bytes of the header of a pcap file
	packetHead = 16 // bytes of the header of each packet
)

// countPackets counts the complete packets of a pcap file.
func countPackets(path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	if _, err := r.Discard(fileHead); err != nil {
		return 0, fmt.Errorf("count packets of %s: %w", path, err)
	}
	for n := int64(0); ; n++ {
		head, err := r.Peek(packetHead)
		if err != nil {
			return n, whole(err)
		}
		if _, err := r.Discard(packetHead + int(binary.LittleEndian.Uint32(head[8:]))); err != nil {
			return n, whole(err)
		}
	}
}

// whole drops the error that only means the end of the file.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// writePackets writes a capture of that many bytes, less at most one packet: datagrams of 200 bytes between a hundred addresses.
func writePackets(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	head := make([]byte, fileHead)
	order := binary.LittleEndian
	order.PutUint32(head, 0xa1b2c3d4)
	order.PutUint16(head[4:], 2)
	order.PutUint16(head[6:], 4)
	order.PutUint32(head[16:], 262144)
	order.PutUint32(head[20:], 1) // Ethernet
	_, _ = w.Write(head)          // Flush returns the error, if any
	const begin = 1795000000
	for i := range (size - fileHead) / (packetHead + packetSize) {
		packet := datagram(i)
		micros := i * 5
		order.PutUint32(packet, uint32(begin+micros/1e6))
		order.PutUint32(packet[4:], uint32(micros%1e6))
		_, _ = w.Write(packet)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Sync()
}

const packetSize = 200

// datagram is the i-th packet with its header; the header lacks the time.
func datagram(i int64) []byte {
	packet := make([]byte, packetHead+packetSize)
	binary.LittleEndian.PutUint32(packet[8:], packetSize)
	binary.LittleEndian.PutUint32(packet[12:], packetSize)
	ethernet := packet[packetHead:]
	copy(ethernet, []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0})
	ip := ethernet[14:]
	copy(ip, []byte{0x45, 0, 0, packetSize - 14, byte(i >> 8), byte(i), 0, 0, 64, 17, 0, 0, 10, 244, 1, byte(i % 50), 10, 244, 2, byte(i * 7 % 50)})
	udp := ip[20:]
	copy(udp, []byte{0x80, byte(i % 64), 0x00, 0x35, 0, packetSize - 34, 0, 0})
	for j := range udp[8:] {
		udp[8+j] = byte(i + int64(j))
	}
	return packet
}
