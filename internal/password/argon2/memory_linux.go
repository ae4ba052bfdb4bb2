package argon2

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// region is memory from the system, outside Go's heap. It can have huge pages, is left
// out of core dumps, and is returned to the system when it is released.
type region struct {
	blocks  []block
	mapped  []byte
	cleanup runtime.Cleanup
}

// newRegion returns n blocks or a few more. It returns nil if the system refuses, or if
// they fill less than a huge page: Go's heap is as good for so few.
func newRegion(n uint64) *region {
	if n < hugePage/blockBytes {
		return nil
	}
	size := (int(n)*blockBytes + hugePage - 1) &^ (hugePage - 1)
	mapped, err := unix.Mmap(-1, 0, size+hugePage, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(mapped))) & (hugePage - 1))
	part := mapped[skip : skip+size]
	// If a kernel lacks these, hashes are slower and still right.
	_ = unix.Madvise(part, unix.MADV_HUGEPAGE)
	_ = unix.Madvise(part, unix.MADV_DONTDUMP)
	r := &region{
		blocks: unsafe.Slice((*block)(unsafe.Pointer(unsafe.SliceData(part))), size/blockBytes),
		mapped: mapped,
	}
	// A Memory has no Close method, so the garbage collector unmaps its region.
	r.cleanup = runtime.AddCleanup(r, unmap, mapped)
	return r
}

// release unmaps the blocks at once.
func (r *region) release() {
	r.cleanup.Stop()
	unmap(r.mapped)
}

// unmap cannot fail: the slice is one that Mmap returned.
func unmap(mapped []byte) { _ = unix.Munmap(mapped) }
