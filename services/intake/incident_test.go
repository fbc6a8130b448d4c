package intake

import (
	"bytes"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/incident"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
)

const wiped = "De schijf van mevrouw Zwartkruis is gewist"

func happening(request string, personal bool) *intakev1.RecordDataIncidentRequest {
	return &intakev1.RecordDataIncidentRequest{
		IdempotencyKey: uuid.NewString(), IncidentId: uuid.NewString(), SupportRequestId: request,
		WhatHappened: wiped, PersonalDataInvolved: personal, HappenedAt: timestamppb.New(monday),
	}
}

func (d *desk) happened(request string, personal bool) string {
	d.t.Helper()
	done, err := d.technician().RecordDataIncident(d.t.Context(), happening(request, personal))
	check(d.t, err)
	return done.GetIncident().GetIncidentId()
}

// tasks lists the incidents that somebody has to answer.
func (d *desk) tasks() []*intakev1.DataIncident {
	d.t.Helper()
	page, err := d.dispatcher().ListDataIncidents(d.t.Context(), &intakev1.ListDataIncidentsRequest{OpenTasks: true, ConsistencyToken: rpc.Token(d.end())})
	check(d.t, err)
	return page.GetIncidents()
}

func TestD03AnIncidentWithPersonalDataIsATaskUntilItIsAnswered(t *testing.T) {
	d := open(t, monday)
	request := d.accept(form())
	plain, personal := d.happened(request, false), d.happened(request, true)
	if got := d.tasks(); len(got) != 1 || got[0].GetIncidentId() != personal ||
		got[0].GetState() != intakev1.DataIncidentState_DATA_INCIDENT_STATE_OPEN ||
		!got[0].GetReportBy().AsTime().Equal(monday.Add(incident.ReportWithin)) {
		t.Fatalf("tasks %v", got)
	}
	got, err := d.technician().GetDataIncident(t.Context(), &intakev1.GetDataIncidentRequest{IncidentId: personal, IncludePersonalData: true})
	check(t, err)
	if got.GetIncident().GetWhatHappened() != wiped {
		t.Errorf("it is %v", got)
	}
	_, err = d.as(commonv1.Role_ROLE_AUDITOR).GetDataIncident(t.Context(), &intakev1.GetDataIncidentRequest{IncidentId: personal, IncludePersonalData: true})
	d.refused(d.end(), err, connect.CodePermissionDenied, "PERMISSION_DENIED")
	for r, err := range d.store.ReadAll(t.Context(), 0, eventstore.Filter{}) {
		check(t, err)
		if bytes.Contains(r.Data, []byte("gewist")) || bytes.Contains(r.Metadata, []byte("gewist")) {
			t.Errorf("%s tells what happened in clear", r.Type)
		}
	}
	_, err = d.as(commonv1.Role_ROLE_ADMINISTRATOR).AnswerDataIncident(t.Context(), &intakev1.AnswerDataIncidentRequest{
		IdempotencyKey: uuid.NewString(), IncidentId: personal, Reported: true, Explanation: "Gemeld onder nummer 1.",
	})
	check(t, err)
	if got := d.tasks(); len(got) != 0 {
		t.Errorf("tasks %v", got)
	}
	before := d.end()
	_, err = d.as(commonv1.Role_ROLE_ADMINISTRATOR).AnswerDataIncident(t.Context(), &intakev1.AnswerDataIncidentRequest{
		IdempotencyKey: uuid.NewString(), IncidentId: plain, Explanation: "Niets.",
	})
	d.refused(before, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
}

// The clock alone makes it late: at the very instant, and not a second before.
func TestD03After72HoursWithoutAnAnswerItIsOverdue(t *testing.T) {
	d := open(t, monday)
	id := d.happened(d.accept(form()), true)
	state := func() intakev1.DataIncidentState {
		got, err := d.dispatcher().GetDataIncident(t.Context(), &intakev1.GetDataIncidentRequest{IncidentId: id})
		check(t, err)
		return got.GetIncident().GetState()
	}
	d.tasks() // the view has the deadline
	_, err := d.clock.Advance(incident.ReportWithin - time.Second)
	check(t, err)
	if got := state(); got != intakev1.DataIncidentState_DATA_INCIDENT_STATE_OPEN {
		t.Errorf("a second before: %v", got)
	}
	_, err = d.clock.Advance(time.Second)
	check(t, err)
	check(t, eventstore.Await(t.Context(), d.store, "incident-"+id, 0))
	if got := state(); got != intakev1.DataIncidentState_DATA_INCIDENT_STATE_OVERDUE || len(d.tasks()) != 1 {
		t.Errorf("then: %v, tasks %v", got, d.tasks())
	}
}

func TestD03AnIncidentIsAboutARequestThatIsThere(t *testing.T) {
	d := open(t, monday)
	before := d.end()
	_, err := d.technician().RecordDataIncident(t.Context(), happening(uuid.NewString(), true))
	d.refused(before, err, connect.CodeNotFound, "SUPPORT_REQUEST_UNKNOWN")
	_, err = d.technician().GetDataIncident(t.Context(), &intakev1.GetDataIncidentRequest{IncidentId: uuid.NewString()})
	d.refused(before, err, connect.CodeNotFound, "INCIDENT_UNKNOWN")
	request := d.accept(form())
	before = d.end()
	early := happening(request, true)
	early.HappenedAt = timestamppb.New(monday.Add(time.Second))
	_, err = d.technician().RecordDataIncident(t.Context(), early)
	d.refused(before, err, connect.CodeInvalidArgument, "INCIDENT_IN_FUTURE")
	twice := happening(request, true)
	_, err = d.technician().RecordDataIncident(t.Context(), twice)
	check(t, err)
	before = d.end()
	twice.IdempotencyKey = uuid.NewString()
	_, err = d.technician().RecordDataIncident(t.Context(), twice)
	d.refused(before, err, connect.CodeAlreadyExists, "INCIDENT_EXISTS")
}
