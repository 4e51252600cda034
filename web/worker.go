package web

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"waybill/shop"
)

const (
	// maxJobTime is what one run of a background job may take. What it has not done then is done by the next.
	maxJobTime = time.Minute
	// jobJitter is the part of a job's interval by which it varies, so that instances started together drift apart.
	jobJitter = 5 // a fifth
)

// RunJobs does background work until ctx ends, and returns when the last run has ended. Each job waits for itself: it
// runs again its interval after its last run ended. Several instances may do so on one database.
func RunJobs(ctx context.Context, jobs []shop.Job, log *slog.Logger) {
	var running sync.WaitGroup
	for _, job := range jobs {
		running.Go(func() { repeat(ctx, job, log) })
	}
	running.Wait()
}

func repeat(ctx context.Context, job shop.Job, log *slog.Logger) {
	for wait(ctx, rand.N(job.Every/jobJitter)) {
		runOnce(ctx, job, log)
		if !wait(ctx, job.Every) {
			return
		}
	}
}

// runOnce does one run and logs what came of it; idle runs are not worth a line. A job that panics is one that failed.
func runOnce(ctx context.Context, job shop.Job, log *slog.Logger) {
	started := time.Now()
	log = log.With("job", job.Name)
	defer func() {
		if reason := recover(); reason != nil {
			log.ErrorContext(ctx, "background job panicked", "panic", fmt.Sprint(reason), "stack", string(debug.Stack()))
		}
	}()
	bounded, cancel := context.WithTimeout(ctx, maxJobTime)
	defer cancel()
	did, err := job.Run(bounded)
	switch {
	case err != nil && ctx.Err() == nil:
		log.ErrorContext(ctx, "background job failed", "did", did, "error", err, "took", time.Since(started))
	case did > 0:
		log.InfoContext(ctx, "background job", "did", did, "took", time.Since(started))
	}
}

// wait pauses for d and tells whether ctx still lives.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
