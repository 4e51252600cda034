package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"waybill/shop"
)

func TestJobsRunAgainAndAgainUntilTheContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var fast, slow int
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		RunJobs(ctx, []shop.Job{
			{Name: "fast", Every: time.Second, Run: func(context.Context) (int, error) { fast++; return 0, nil }},
			{Name: "slow", Every: time.Hour, Run: func(context.Context) (int, error) { slow++; return 0, nil }},
		}, slog.New(slog.DiscardHandler))
		// Jitter adds up to a fifth to each second.
		if fast < 500 || fast > 601 {
			t.Errorf("the job of every second ran %d times in ten minutes", fast)
		}
		if slow > 1 {
			t.Errorf("the job of every hour ran %d times in ten minutes", slow)
		}
	})
}

func TestAJobNeverOverlapsItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		RunJobs(ctx, []shop.Job{{Name: "longer than its interval", Every: time.Second, Run: func(ctx context.Context) (int, error) {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			wait(ctx, 5*time.Second)
			return 1, nil
		}}}, slog.New(slog.DiscardHandler))
		if most.Load() != 1 {
			t.Errorf("%d runs at once", most.Load())
		}
		if running.Load() != 0 {
			t.Error("a run outlived RunJobs")
		}
	})
}

func TestAJobThatFailsOrPanicsRunsAgainAndIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		runs := 0
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		RunJobs(ctx, []shop.Job{{Name: "moody", Every: time.Second, Run: func(context.Context) (int, error) {
			runs++
			switch runs {
			case 1:
				return 0, errors.New("out of paper")
			case 2:
				panic("on fire")
			case 3:
				return 7, nil
			}
			return 0, nil
		}}}, slog.New(slog.NewTextHandler(&log, nil)))
		if runs < 4 {
			t.Errorf("it ran %d times", runs)
		}
		for _, want := range []string{"out of paper", "on fire", "did=7", "job=moody"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %q:\n%s", want, log.String())
			}
		}
		if lines := strings.Count(log.String(), "\n"); lines != 3 {
			t.Errorf("%d lines, want one for each run with news:\n%s", lines, log.String())
		}
	})
}

func TestARunIsCutWhenItTakesTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		cut := 0
		RunJobs(ctx, []shop.Job{{Name: "stuck", Every: time.Second, Run: func(ctx context.Context) (int, error) {
			<-ctx.Done()
			cut++
			return 0, ctx.Err()
		}}}, slog.New(slog.DiscardHandler))
		if cut < 4 {
			t.Errorf("a job that never ends was cut %d times in five minutes", cut)
		}
	})
}
