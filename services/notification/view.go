package notification

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	notificationv1 "aanvraag.internal/proto/gen/aanvraag/notification/v1"
	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
)

// The view lists calls to make, and holds by when letters must have left.
func viewConfig(table *deadlines.Table) *views.Config {
	codec := command.NewCodec[letters.Letters](letters.Events())
	return &views.Config{
		Version: "1",
		Filter:  eventstore.Filter{Prefixes: []string{category + "-"}},
		Schema: `
CREATE TABLE call_task (
	position           INTEGER PRIMARY KEY, -- of the event that opened it: the order of the list
	call_task_id       TEXT NOT NULL UNIQUE,
	support_request_id TEXT NOT NULL,
	kind               TEXT NOT NULL,
	reason             TEXT NOT NULL,
	opened_at          INTEGER NOT NULL, -- Unix time in microseconds
	completed_at       INTEGER           -- NULL while it is open
) STRICT;` + deadlines.Schema,
		Apply: func(tx *views.Tx, r eventstore.Recorded) error {
			e, err := codec.Decode(r.Type, r.Data)
			if err != nil {
				return err
			}
			return project(tx, table, r, e)
		},
	}
}

func project(tx *views.Tx, table *deadlines.Table, r eventstore.Recorded, e letters.Event) error {
	request := strings.TrimPrefix(r.Stream, category+"-")
	switch e := e.(type) {
	case letters.LetterOwed:
		return table.Set(tx, deadlines.Due{Kind: deadlineCall, ID: request + "/" + e.CauseEventID, At: e.Due})
	case letters.LetterSent:
		return table.Clear(tx, deadlineCall, request+"/"+e.CauseEventID)
	case letters.LetterSkipped:
		return table.Clear(tx, deadlineCall, request+"/"+e.CauseEventID)
	case letters.CallTaskOpened:
		if err := table.Clear(tx, deadlineCall, request+"/"+e.CauseEventID); err != nil {
			return err
		}
		return tx.Exec(`INSERT INTO call_task VALUES (?, ?, ?, ?, ?, ?, NULL)`,
			int64(r.Position), e.CallTaskID, request, string(e.Kind), string(e.Reason), e.OpenedAt.UnixMicro())
	case letters.CallTaskCompleted:
		return tx.Exec(`UPDATE call_task SET completed_at = ? WHERE call_task_id = ?`, e.CompletedAt.UnixMicro(), e.CallTaskID)
	}
	return nil // the other letters are listed from their stream
}

// calls gives a page of calls to make after a position, and the position of its
// last one when more follow; zero when none do.
func (s *Service) calls(ctx context.Context, done bool, after int64, limit int) ([]*notificationv1.CallTask, int64, error) {
	db, err := s.View().Query(ctx)
	if err != nil {
		return nil, 0, err
	}
	rows, err := db.QueryContext(ctx, `SELECT position, call_task_id, support_request_id, kind, reason, opened_at, completed_at
		FROM call_task WHERE position > ? AND (? OR completed_at IS NULL) ORDER BY position LIMIT ?`, after, done, limit+1)
	if err != nil {
		return nil, 0, fmt.Errorf("list calls: %w", err)
	}
	defer rows.Close()
	var page []*notificationv1.CallTask
	var last int64
	for rows.Next() {
		if len(page) == limit {
			return page, last, nil
		}
		var t notificationv1.CallTask
		var kind, reason string
		var opened int64
		var completed *int64
		if err := rows.Scan(&last, &t.CallTaskId, &t.SupportRequestId, &kind, &reason, &opened, &completed); err != nil {
			return nil, 0, fmt.Errorf("read call: %w", err)
		}
		t.Kind, t.Reason = kinds[letters.Kind(kind)], callReasons[letters.CallReason(reason)]
		t.OpenedAt = timestamppb.New(time.UnixMicro(opened))
		if completed != nil {
			t.CompletedAt = timestamppb.New(time.UnixMicro(*completed))
		}
		page = append(page, &t)
	}
	if err := rows.Err(); err != nil {
		return nil, 0, fmt.Errorf("list calls: %w", err)
	}
	return page, 0, nil
}

var callReasons = map[letters.CallReason]notificationv1.CallTaskReason{
	letters.CallUndeliverable: notificationv1.CallTaskReason_CALL_TASK_REASON_UNDELIVERABLE,
	letters.CallLate:          notificationv1.CallTaskReason_CALL_TASK_REASON_LATE,
}
