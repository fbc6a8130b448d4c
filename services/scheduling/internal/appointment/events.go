package appointment

import (
	"slices"
	"time"
)

// Events lists every event type of an appointment stream.
func Events() []Event {
	return []Event{AppointmentBooked{}, AppointmentStarted{}, AppointmentCancelled{}, AppointmentCompleted{}, AppointmentMoved{}}
}

// AppointmentBooked: the request has its time.
type AppointmentBooked struct{ Slot }

// EventType is the recorded name.
func (AppointmentBooked) EventType() string { return "appointment.booked.v1" }

// Evolve books.
func (e AppointmentBooked) Evolve(Appointment) Appointment {
	return Appointment{Slot: e.Slot, Stage: Booked, First: e.Slot}
}

// AppointmentStarted: the work may begin; the session follows from this fact.
type AppointmentStarted struct {
	AppointmentID    string    `json:"appointmentId"`
	SupportRequestID string    `json:"supportRequestId"`
	TechnicianID     string    `json:"technicianId"`
	SessionID        string    `json:"sessionId"`
	Recorded         bool      `json:"recorded"`
	Location         Location  `json:"location"`
	StartedAt        time.Time `json:"startedAt"`
	StartedBy        string    `json:"startedBy,omitzero"` // subject of the caller
}

// EventType is the recorded name.
func (AppointmentStarted) EventType() string { return "appointment.started.v1" }

// Evolve starts.
func (e AppointmentStarted) Evolve(a Appointment) Appointment {
	a.Stage, a.SessionID = Started, e.SessionID
	return a
}

// AppointmentCancelled: it will not take place; its time is free again.
type AppointmentCancelled struct {
	Slot
	// Revoked: it had to go with its request, or since the request had another one.
	// Otherwise somebody cancelled this appointment alone.
	Revoked bool `json:"revoked,omitzero"`
	// MoveID is the move that it had its slot from; empty: its booking.
	MoveID string `json:"moveId,omitzero"`
	// Sequence is above every one before. Zero was recorded before there were any.
	Sequence int64 `json:"sequence,omitzero"`
	// ForceMajeure: it is moved at no cost, since the work cannot take place (F-04).
	ForceMajeure bool `json:"forceMajeure,omitzero"`
}

// EventType is the recorded name.
func (AppointmentCancelled) EventType() string { return "appointment.cancelled.v1" }

// Evolve cancels.
func (e AppointmentCancelled) Evolve(a Appointment) Appointment {
	a.Stage, a.Sequence = Cancelled, e.Sequence
	return a
}

func (a Appointment) cancelled(revoked bool) AppointmentCancelled {
	return AppointmentCancelled{Slot: a.Slot, Revoked: revoked, MoveID: a.MoveID, Sequence: a.Sequence + 1}
}

// AppointmentCompleted: its session has ended.
type AppointmentCompleted struct {
	AppointmentID string `json:"appointmentId"`
}

// EventType is the recorded name.
func (AppointmentCompleted) EventType() string { return "appointment.completed.v1" }

// Evolve completes.
func (AppointmentCompleted) Evolve(a Appointment) Appointment {
	a.Stage = Completed
	return a
}

// AppointmentMoved: it takes place in this slot instead. The one before is free as
// soon as this is known.
type AppointmentMoved struct {
	Slot
	MoveID   string `json:"moveId"`
	Sequence int64  `json:"sequence"`
	From     From   `json:"from"`
}

// From is what an appointment moved away from.
type From struct {
	TechnicianID string    `json:"technicianId"`
	Start        time.Time `json:"start"`
	Seconds      int64     `json:"seconds"`
	MoveID       string    `json:"moveId,omitzero"` // that had brought it there; empty: its booking had
}

// EventType is the recorded name.
func (AppointmentMoved) EventType() string { return "appointment.moved.v1" }

// Evolve moves.
func (e AppointmentMoved) Evolve(a Appointment) Appointment {
	a.Slot, a.MoveID, a.Sequence = e.Slot, e.MoveID, e.Sequence
	a.Moves = append(slices.Clip(a.Moves), Move{Slot: e.Slot, MoveID: e.MoveID, Sequence: e.Sequence})
	return a
}
