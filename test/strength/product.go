//go:build !(goexperiment.simd && amd64)

package main

// multiply adds a·b to c, where a is m×k, b k×n and c m×n, all row by row.
func multiply(c, a, b []float32, m, k, n int) {
	for i := range m {
		row := c[i*n : (i+1)*n]
		for p := range k {
			w := a[i*k+p]
			if w == 0 {
				continue
			}
			for j, v := range b[p*n : (p+1)*n] {
				row[j] += w * v
			}
		}
	}
}

// multiplyTransposed adds a·bᵀ to c, where a is m×k, b n×k and c m×n.
func multiplyTransposed(c, a, b []float32, m, k, n int) {
	for i := range m {
		left := a[i*k : (i+1)*k]
		for j := range n {
			var sum float32
			for p, v := range b[j*k : (j+1)*k] {
				sum += v * left[p]
			}
			c[i*n+j] += sum
		}
	}
}
