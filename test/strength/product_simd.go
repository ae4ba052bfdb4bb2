//go:build goexperiment.simd && amd64

package main

import "simd/archsimd"

// multiply adds a·b to c, where a is m×k, b k×n and c m×n, all row by row. Blocks of four
// rows and sixteen columns stay in registers.
func multiply(c, a, b []float32, m, k, n int) {
	i := 0
	for ; i+4 <= m; i += 4 {
		a0, a1, a2, a3 := a[i*k:][:k], a[(i+1)*k:][:k], a[(i+2)*k:][:k], a[(i+3)*k:][:k]
		j := 0
		for ; j+16 <= n; j += 16 {
			var s [8]archsimd.Float32x8
			s0, s1, s2, s3, s4, s5, s6, s7 := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
			at := j
			for p := range k {
				x := archsimd.LoadFloat32x8Slice(b[at:])
				y := archsimd.LoadFloat32x8Slice(b[at+8:])
				at += n
				w := archsimd.BroadcastFloat32x8(a0[p])
				s0, s1 = w.MulAdd(x, s0), w.MulAdd(y, s1)
				w = archsimd.BroadcastFloat32x8(a1[p])
				s2, s3 = w.MulAdd(x, s2), w.MulAdd(y, s3)
				w = archsimd.BroadcastFloat32x8(a2[p])
				s4, s5 = w.MulAdd(x, s4), w.MulAdd(y, s5)
				w = archsimd.BroadcastFloat32x8(a3[p])
				s6, s7 = w.MulAdd(x, s6), w.MulAdd(y, s7)
			}
			add(c[i*n+j:], s0)
			add(c[i*n+j+8:], s1)
			add(c[(i+1)*n+j:], s2)
			add(c[(i+1)*n+j+8:], s3)
			add(c[(i+2)*n+j:], s4)
			add(c[(i+2)*n+j+8:], s5)
			add(c[(i+3)*n+j:], s6)
			add(c[(i+3)*n+j+8:], s7)
		}
		for ; j < n; j++ {
			for r := range 4 {
				c[(i+r)*n+j] += column(a[(i+r)*k:][:k], b[j:], n)
			}
		}
	}
	for ; i < m; i++ {
		row := c[i*n : (i+1)*n]
		for p, w := range a[i*k : (i+1)*k] {
			axpy(row, b[p*n:(p+1)*n], w)
		}
	}
}

// column is the product of a row and a column.
func column(a, b []float32, n int) (sum float32) {
	for p, w := range a {
		sum += w * b[p*n]
	}
	return sum
}

// axpy adds w·b to c.
func axpy(c, b []float32, w float32) {
	j, v := 0, archsimd.BroadcastFloat32x8(w)
	for ; j+8 <= len(b); j += 8 {
		v.MulAdd(archsimd.LoadFloat32x8Slice(b[j:]), archsimd.LoadFloat32x8Slice(c[j:])).StoreSlice(c[j:])
	}
	for ; j < len(b); j++ {
		c[j] += w * b[j]
	}
}

func add(c []float32, s archsimd.Float32x8) {
	s.Add(archsimd.LoadFloat32x8Slice(c)).StoreSlice(c)
}

// multiplyTransposed adds a·bᵀ to c, where a is m×k, b n×k and c m×n.
func multiplyTransposed(c, a, b []float32, m, k, n int) {
	for i := 0; i < m; i += 4 {
		rows := min(4, m-i)
		for j := range n {
			right := b[j*k : (j+1)*k]
			if rows < 4 {
				for r := range rows {
					c[(i+r)*n+j] += dot(a[(i+r)*k:][:k], right)
				}
				continue
			}
			a0, a1, a2, a3 := a[i*k:][:k], a[(i+1)*k:][:k], a[(i+2)*k:][:k], a[(i+3)*k:][:k]
			var s0, s1, s2, s3 archsimd.Float32x8
			p := 0
			for ; p+8 <= k; p += 8 {
				x := archsimd.LoadFloat32x8Slice(right[p:])
				s0 = x.MulAdd(archsimd.LoadFloat32x8Slice(a0[p:]), s0)
				s1 = x.MulAdd(archsimd.LoadFloat32x8Slice(a1[p:]), s1)
				s2 = x.MulAdd(archsimd.LoadFloat32x8Slice(a2[p:]), s2)
				s3 = x.MulAdd(archsimd.LoadFloat32x8Slice(a3[p:]), s3)
			}
			t0, t1, t2, t3 := total(s0), total(s1), total(s2), total(s3)
			for ; p < k; p++ {
				x := right[p]
				t0, t1, t2, t3 = t0+x*a0[p], t1+x*a1[p], t2+x*a2[p], t3+x*a3[p]
			}
			c[i*n+j] += t0
			c[(i+1)*n+j] += t1
			c[(i+2)*n+j] += t2
			c[(i+3)*n+j] += t3
		}
	}
}

func dot(a, b []float32) float32 {
	var s archsimd.Float32x8
	p := 0
	for ; p+8 <= len(a); p += 8 {
		s = archsimd.LoadFloat32x8Slice(a[p:]).MulAdd(archsimd.LoadFloat32x8Slice(b[p:]), s)
	}
	sum := total(s)
	for ; p < len(a); p++ {
		sum += a[p] * b[p]
	}
	return sum
}

func total(s archsimd.Float32x8) float32 {
	var v [8]float32
	s.Store(&v)
	return v[0] + v[1] + v[2] + v[3] + v[4] + v[5] + v[6] + v[7]
}
