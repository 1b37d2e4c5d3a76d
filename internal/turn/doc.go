// Package turn turns one prompt into one stored answer, exactly once.
//
// A turn is named by the client (turnId) and stored as
// projects/{id}/turns/{turnId}. The package decides what an answer is: what a
// worker is told for each kind of wish, when a cut reply is continued and edits
// that do not fit are asked for again, which reply makes a version, when a
// template stands in, what an ending is called. It knows nothing of HTTP, of
// Firestore, or of how a worker speaks.
//
// # States
//
//	          ┌────────────────────────────────▶ complete     whole, or words only
//	          │  finish, by the owner         ├▶ partial      cut, or endless
//	accept ─▶ running ────────────────────────┼▶ failed       the worker was lost, or refused
//	          │                               └▶ cancelled    by its user, or read by nobody
//	          └─ interrupt, by anybody ────────▶ interrupted  the owner's lease is over, or it is shut down
//
// A turn ends once. Every change of it is a Step: a pure function of what one
// transaction reads (View), which returns what to write (Change). A Store runs
// any step the same way, and runs it again when it cannot tell whether a commit
// went through; so each step recognises its own work and reports it as found.
// Saves and restores need no worker: they are accepted and finished in one step. Nor
// does a prompt that goes back to an earlier version, or that removes a file which
// nothing refers to (undo.go); it is accepted and finished as any other prompt.
//
// # The lease
//
// The instance that accepts a turn owns it, for one attempt (Turn.Run). Its
// heartbeat renews the lease at every third of its length:
//
//	owner     │ asks ── commit ── hears of it ─────────────────────│ says no more
//	          ├──────────────── trusted by the owner ──────────────┤
//	database         │ RenewedAt ────────────────────────────────────────│ others may end it
//	                 ├──────────────────────── Lease ──────────────────────┤
//
// The owner counts from the moment when it asked, others from the commit, by the
// database's clock. So the owner's trust always ends first, however slow the
// answer was, and Log.Follow shows a reader nothing past it: no reader is shown
// text of a turn that others may have ended. What a reader has seen of an
// interrupted turn may be longer than what is stored; the error tells the stored
// length. An owner that was frozen and wakes up finds that it may not finish: its
// run is gone.
//
// # Who may do what
//
//	step               who                       what it requires
//	Accept, Settle     any instance              the project is the caller's and not busy; quota
//	Renew, Finish      the owner                 Turn.Run is its own
//	Interrupt          anybody who waits         the lease is over
//	Watch              a follower                the turn runs
//	Cancel, Delete     any instance, for a user  the project is the caller's
//	Purge              any instance              the project is deleted, and no other instance purges it
//	LeavePurge         the instance that purges  its purge has failed
//	Purged             whoever has purged        the project is deleted
//	Clear              any instance              no version came since it was found what nobody names
//
// # What is kept
//
// A version names its contents by their SHA-256, and they are stored below its
// project, each once. The newest versions of a project are kept; older ones are
// emptied as the project's number of versions grows, without a write. Clear deletes
// the contents that only emptied versions name (clear.go). A running save cannot lose
// one that way: it stores each content that the current version does not name, it
// names only kept versions' contents otherwise, and it writes the project in the same
// transaction, as Clear does, which therefore sees each version or comes before it.
//
// What is stored is counted where a turn ends, on its project and on its user's
// account; Clear and Purged give it back.
//
// # What a turn costs
//
// Its user pays for what workers did, and not for what became of the answer: a
// story, an edit that does not fit and a prompt that is cancelled while it is read
// cost whoever runs the worker as much as an app. The meter counts every call that
// reached a worker, and what was read and written (meter.go); every end of a turn
// charges it alike (Turn.end). Free is what users cannot cause: a call that reached
// nobody; and a lost instance, whose meter is lost with it, but for the text that is
// stored.
//
// # The life of a prompt
//
//  1. Runner.Generate finds the turn among those of this process, or starts an
//     attempt that duplicates of the request share (attach.go).
//  2. Accept stores the turn, with the tokens that it may need set aside. Turns in the way whose
//     lease is over end first. Only now does the client hear "accepted".
//  3. The generation runs in a goroutine of its own and appends to the Log; every
//     reader, the first one too, reads that log at its own pace (log.go). A
//     reader that is slow or gone never holds up a worker.
//  4. The heartbeat stores the text in segments and renews the lease, so that
//     tokens wait for neither (heartbeat.go). Other instances follow what is
//     stored (follower.go).
//     A turn that a template is to answer asks nobody: Accept has decided that
//     (engine.go).
//  5. The reply is parsed while it comes, and stopped when it only repeats itself. Its
//     end decides whether it is whole, whatever the worker says: it is continued, or
//     asked for without thinking (generation.go, ends.go). Then it is matched with the
//     files of the project, and asked for again, or taken (judgement.go, draft.go).
//     What it makes of the files is looked at, and mended once if it does not work
//     (mend.go, checks.go), and in a new project an app of the library stands in for one
//     that stays broken. A turn that is about the running app is told what that has
//     thrown, unless it goes round (running.go).
//  6. Finish stores the reply, the version and its files, and charges the meter, in
//     one transaction. Then, and only then, readers get the result, which is made
//     of what was written (result.go).
//
// Whoever waits for a turn whose owner is gone ends it; a sweep ends the others,
// and deletes what lies below deleted projects (maintenance.go). Each turn that
// ends has a line in the log, and so has what fails in the background (journal.go).
// Drain waits for all of it, and not for longer than it may.
package turn
