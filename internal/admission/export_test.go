package admission

// Len is how many buckets there are.
func (r *Rates) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.full)
}

// Users is of how many users something is kept.
func (s *Streams) Users() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}
