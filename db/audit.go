package db

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// auditEntry is one line of the audit log: who did what to which subject, such as "api_key:12".
type auditEntry struct {
	at        time.Time
	actor     shop.Actor
	action    string
	subject   string
	data      map[string]any // what an auditor wants to know beside; no secrets
	requestID string
}

// audit writes the entry in the transaction of what it tells about.
func (s *Store) audit(ctx context.Context, tx pgx.Tx, e auditEntry) error {
	data, err := json.Marshal(e.data)
	if err != nil {
		return err
	}
	return s.q.AuditAdd(ctx, tx, sqlc.AuditAddParams{
		At: e.at, ActorKind: string(e.actor.Kind), ActorID: e.actor.ID, ActorName: e.actor.Name,
		Action: e.action, Subject: e.subject, Data: data, RequestID: e.requestID,
	})
}
