package db

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// sent is a statement that waits for its answer.
type sent struct {
	keys   []int
	answer chan<- error
}

// newGatherProbe returns a gather and its statements as they are sent.
func newGatherProbe() (*gather[int, int], <-chan sent) {
	statements := make(chan sent)
	return &gather[int, int]{read: func(_ context.Context, keys []int) ([]int, error) {
		answer := make(chan error)
		statements <- sent{slices.Clone(keys), answer}
		return keys, <-answer
	}}, statements
}

type got struct {
	value int
	err   error
}

func ask(ctx context.Context, g *gather[int, int], key int) <-chan got {
	answer := make(chan got, 1)
	go func() {
		value, err := g.get(ctx, key)
		answer <- got{value, err}
	}()
	return answer
}

// beginOne asks for a key below zero, so that a statement is under way.
func beginOne(t *testing.T, g *gather[int, int], statements <-chan sent) (under sent, answer <-chan got) {
	t.Helper()
	answer = ask(t.Context(), g, -1)
	under = <-statements
	if !slices.Equal(under.keys, []int{-1}) {
		t.Fatalf("with nobody waiting, %v are asked for together", under.keys)
	}
	return under, answer
}

func TestThoseWhoComeMeanwhileShareTheNextStatement(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, statements := newGatherProbe()
		under, early := beginOne(t, g, statements)
		later := make([]<-chan got, maxGathered+3)
		for key := range later {
			later[key] = ask(t.Context(), g, key)
			synctest.Wait()
		}
		under.answer <- nil
		next := <-statements
		if len(next.keys) != maxGathered || next.keys[0] != 0 {
			t.Errorf("the next statement is for %v, want the first %d", next.keys, maxGathered)
		}
		next.answer <- nil
		last := <-statements
		if len(last.keys) != 3 {
			t.Errorf("the last statement is for %v, want three", last.keys)
		}
		last.answer <- nil
		if a := <-early; a.err != nil || a.value != -1 {
			t.Errorf("the first got %+v", a)
		}
		for key, answer := range later {
			if a := <-answer; a.err != nil || a.value != key {
				t.Errorf("%d got %+v", key, a)
			}
		}
	})
}

// A statement that hangs holds up those who share it, and nobody who came later for long.
func TestAStatementThatHangsIsPassedBy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, statements := newGatherProbe()
		hangs, early := beginOne(t, g, statements)
		began := time.Now()
		answer := ask(t.Context(), g, 1)
		passing := <-statements
		if waited := time.Since(began); waited != gatherPatience {
			t.Errorf("somebody behind a statement that hangs waits %s", waited)
		}
		passing.answer <- nil
		if a := <-answer; a.err != nil || a.value != 1 {
			t.Errorf("got %+v", a)
		}
		hangs.answer <- nil
		if a := <-early; a.err != nil || a.value != -1 {
			t.Errorf("the first got %+v", a)
		}
	})
}

func TestWhoLeavesTakesNobodyAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, statements := newGatherProbe()
		under, early := beginOne(t, g, statements)
		leaving, leave := context.WithCancel(t.Context())
		gone, stays := ask(leaving, g, 8), ask(t.Context(), g, 9)
		synctest.Wait()
		leave()
		if a := <-gone; !errors.Is(a.err, context.Canceled) {
			t.Errorf("who left got %+v", a)
		}
		under.answer <- nil
		next := <-statements
		if !slices.Equal(next.keys, []int{9}) {
			t.Errorf("%v are asked for, want who stayed alone", next.keys)
		}
		next.answer <- nil
		if a := <-stays; a.err != nil || a.value != 9 {
			t.Errorf("who stayed got %+v", a)
		}
		<-early
	})
}

// Whoever came first asks for all, and still may leave.
func TestAStatementDoesNotEndWithWhoeverCameFirst(t *testing.T) {
	t.Parallel()
	started, end := make(chan context.Context), make(chan struct{})
	g := &gather[int, int]{read: func(ctx context.Context, keys []int) ([]int, error) {
		started <- ctx
		<-end
		return keys, nil
	}}
	leaving, leave := context.WithCancel(t.Context())
	first := ask(leaving, g, 1)
	statement := <-started
	leave()
	if a := <-first; !errors.Is(a.err, context.Canceled) {
		t.Errorf("who left got %+v", a)
	}
	if err := statement.Err(); err != nil {
		t.Errorf("the statement ends with them: %v", err)
	}
	if _, bounded := statement.Deadline(); !bounded {
		t.Error("the statement may take for ever")
	}
	close(end)
}

func TestAnErrorReachesAllWhoShareTheStatement(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, statements := newGatherProbe()
		under, early := beginOne(t, g, statements)
		answers := []<-chan got{ask(t.Context(), g, 1), ask(t.Context(), g, 2)}
		synctest.Wait()
		under.answer <- nil
		broken := errors.New("broken")
		for range gatherTries {
			next := <-statements
			if len(next.keys) != 2 {
				t.Errorf("asked for %v", next.keys)
			}
			next.answer <- broken
		}
		for _, answer := range answers {
			if a := <-answer; !errors.Is(a.err, broken) {
				t.Errorf("got %+v", a)
			}
		}
		if a := <-early; a.err != nil {
			t.Errorf("somebody else got %+v", a)
		}
	})
}

// However many come, leave and fail, each who stays gets the value of their own key, no older than their coming, and no lane
// is left open.
func TestGatheredReads(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		readers := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 200).Draw(t, "readers") // 0: has left before
		var clock atomic.Int64
		g := &gather[int, [2]int64]{read: func(_ context.Context, keys []int) ([][2]int64, error) {
			if len(keys) == 0 || len(keys) > maxGathered {
				t.Errorf("a statement for %d", len(keys))
			}
			now := clock.Add(1)
			values := make([][2]int64, len(keys))
			for i, key := range keys {
				values[i] = [2]int64{int64(key), now}
			}
			return values, nil
		}}
		var all sync.WaitGroup
		for key, kind := range readers {
			all.Go(func() {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				if kind == 0 {
					cancel()
				}
				came := clock.Load()
				value, err := g.get(ctx, key)
				if err == nil && (value[0] != int64(key) || value[1] <= came) {
					t.Errorf("%d came at %d and got %v", key, came, value)
				}
				if err != nil && kind != 0 {
					t.Errorf("%d got %v", key, err)
				}
			})
		}
		all.Wait()
		for open := true; open; {
			g.mu.Lock()
			open = g.lanes > 0
			g.mu.Unlock()
			runtime.Gosched()
		}
		if len(g.waiting) != 0 {
			t.Errorf("%d are left waiting", len(g.waiting))
		}
	})
}
