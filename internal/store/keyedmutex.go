package store

import (
	"context"
	"sync"
)

// keyedMutex lets one caller at a time work under each key. Firestore's
// transactions lock what they read: many of one process upon the same document
// would wait for one another until the locks time out. Transactions of other
// processes still meet now and then, and are tried again.
type keyedMutex struct {
	mu    sync.Mutex
	locks map[string]*keyLock
}

type keyLock struct {
	held  chan struct{} // holds one value while the key is locked
	users int           // callers that hold the lock or wait for it
}

// Lock waits until it holds the lock of key, or for the end of ctx, and returns
// how to release it.
func (m *keyedMutex) Lock(ctx context.Context, key string) (unlock func(), err error) {
	m.mu.Lock()
	if m.locks == nil {
		m.locks = map[string]*keyLock{}
	}
	l := m.locks[key]
	if l == nil {
		l = &keyLock{held: make(chan struct{}, 1)}
		m.locks[key] = l
	}
	l.users++
	m.mu.Unlock()
	leave := func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(m.locks, key)
		}
	}
	select {
	case l.held <- struct{}{}:
		return func() { <-l.held; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, context.Cause(ctx)
	}
}
