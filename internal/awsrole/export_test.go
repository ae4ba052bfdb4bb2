package awsrole

// Attempting reports whether an attempt to get keys runs.
func (k *Keys) Attempting() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.running != nil
}
