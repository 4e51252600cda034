package main

import (
	"context"
	"time"
)

// vacuumsLook is how often new processes that vacuum are looked for. They take seconds, and come once in a minute.
const vacuumsLook = time.Second

// patientVacuums lets what PostgreSQL cleans up on its own accord give way to buyers, as the work in the background does: it
// can wait, and vacuums and analyses of what a minute of a rush added take seconds of a processor. Whoever starves is let
// through, because tables that are never cleaned grow.
type patientVacuums struct{ known map[int]*patience }

// watch looks for them again and again until ctx ends, and then lets them go on as they were.
func (v *patientVacuums) watch(ctx context.Context, postmaster func() int) {
	ticker := time.NewTicker(vacuumsLook)
	defer ticker.Stop()
	for {
		v.look(vacuums(postmaster()))
		select {
		case <-ctx.Done():
			v.leave()
			return
		case <-ticker.C:
		}
	}
}

// look has those at work give way, who are all that there are.
func (v *patientVacuums) look(pids []int) {
	now := make(map[int]*patience, len(pids))
	for _, pid := range pids {
		p := v.known[pid]
		if p == nil {
			server, ok := backendAt(pid)
			if !ok || server.beganLowest() {
				continue // it has ended, or another instance of this program sees to it
			}
			p = &patience{process: server, with: withWork}
		}
		p.begin()
		now[pid] = p
	}
	for pid, p := range v.known {
		if now[pid] == nil {
			p.end()
		}
	}
	v.known = now
}

func (v *patientVacuums) leave() {
	for _, p := range v.known {
		p.end()
		p.process.hurry()
	}
	v.known = nil
}
