"""Every cap and rate in one place: what the program may hold, send, wait for and draw."""

from typing import Final

# What may be held. A full store drops the oldest and says so.
DEVICES: Final = 70_000  # a /16 and a few
SESSIONS: Final = 20_000
FINDINGS: Final = 2_000
COMMENTS: Final = 8  # kept of one finding, and of one device
CHANGES: Final = 500  # newest "was X, is Y" lines kept
PASTS: Final = 2_048  # devices whose past is kept: told at the head of each recording, 6 MB at the most
PAST_TURNS: Final = 24  # newest changes of outcome kept of one device
PAST_STEPS: Final = 60  # newest minutes in which it was asked
MAILBOX: Final = 200_000  # events waiting for the store
TEXT: Final = 400  # characters of one piece of text from outside
EVIDENCE: Final = 8  # lines of evidence on one finding
SUITS: Final = 4  # products told that a device may be
PEEK_VALUES: Final = 64  # values of one profile that are read and shown

# The probe budget: new connections a second.
PACE: Final = {"gentle": 2.0, "normal": 50.0, "fast": 1000.0}
IN_FLIGHT: Final = 2048  # connections being opened at once, whatever the pace
NEIGHBOURS: Final = 512  # neighbours ARP may be looking for at once; Linux keeps 1024 for the whole host
ARP_S: Final = 3.0  # the kernel asks three times, a second apart
FILES_KEPT_FREE: Final = 128  # file descriptors never spent on probing

# Waiting for a SYN to be answered, seconds. A second SYN leaves Linux after 1 s.
CONNECT_FIRST_S: Final = 1.0  # before any response time is known
CONNECT_FLOOR_S: Final = 0.3
CONNECT_CEILING_S: Final = 3.0
CONNECT_AGAIN_S: Final = 1.3  # least wait for a connection: two SYNs fit, and a device half a second late
# Waiting for a Modbus answer. Documented gateways need up to a few seconds for a dead serial target.
ANSWER_S: Final = 3.0
SLOW_S: Final = 1.0  # an answer later than this is called slow
CLOSE_S: Final = 1.0  # for the peer to confirm our FIN
DRAIN_BYTES: Final = 4 << 20  # thrown away after our FIN, so that no RST goes out
ANSWER_BYTES: Final = 1024  # read from one probe connection, at the most
RESOLVE_S: Final = 5.0

# TLS.
TLS_BYTES: Final = 1 << 17  # read of one handshake at the most; OpenSSL itself takes 100 KiB of certificates
CHAIN: Final = 8  # certificates of one chain that are looked at
CERTIFICATE_SOON_S: Final = 30 * 86_400.0  # a certificate that ends within this time is a warning

# Sweeps.
CONFIRM_HOSTS: Final = 4096  # more than a /20 asks first
SWEEP_HOSTS: Final = 1 << 16  # more than a /16 in one sweep is refused
SWEEP_PORTS: Final = 16
STRANGER_AGAIN_S: Final = 600.0  # a device that was away longer may be another: it is asked again what it is
SWEEP_INTERVAL_S: Final = 60.0
PROGRESS_S: Final = 0.5
READY_S: Final = 2.0  # for the sessions to be known before the first device is touched
LEFT_OPEN_S: Final = 3600.0  # a device that never closed our connection is not asked again for so long
REST_SWEEPS: Final = 8  # a device that went bad after our touch rests up to this many sweeps

# Sessions.
SESSIONS_INTERVAL_S: Final = 1.0
OWN_HIDDEN_S: Final = 5.0  # a connection of ours is not shown while it does its work
OWN_KEPT_S: Final = 180.0  # Linux keeps a half-closed socket without a process for 60 s
SESSION_REFRESH_S: Final = 5.0  # figures of an otherwise unchanged session are told this often
ENDS_KEPT: Final = 4_096  # connections whose addresses are kept as text between readings
NETLINK_S: Final = 2.0
WATCHED_PORTS: Final = 64  # the kernel filter grows with each
OWNER_RETRY_S: Final = 3.0  # a socket's unseen owner is looked for once more after this
VANTAGE_RETRY_S: Final = 60.0  # a vantage that failed is tried again after this
TALK_LISTED: Final = 32  # unit ids and function codes told of one session
SESSION_EVENTS: Final = 200  # refreshed figures told a second, at the most, however many sessions there are
MIRRORS: Final = 4  # interfaces watched at once
MIRROR_S: Final = 0.2  # how often a mirrored interface is emptied
CLIENTS: Final = 64  # remembered of each device
COUNTED_S: Final = 180.0  # a device's own count is believed this long
MIRROR_SURE_S: Final = 7_900.0  # idle sessions speak at the latest by keep-alive: Linux 7200 s + 9 x 75 s
EXPIRY_STEP_S: Final = 10.0  # a firewall's deadline that moves by less has not moved
ACTIVE_STEP_S: Final = 0.5  # "last active" that moves by less has not moved

# Rules.
LEAK_SESSIONS: Final = 3  # CLOSE_WAIT sockets of one process to one device
HALF_OPEN_BACKOFF: Final = 3  # doubled retransmit timers without an acknowledgement
REVIEW_S: Final = 1.0  # how often fading findings are looked at
FADE_S: Final = 10.0  # a finding that has come back is kept this long, times its returns, before it clears
FADE_MOST_S: Final = 300.0
REMEMBER_S: Final = 600.0  # a finding that returns within this time is still acknowledged
HISTORY_S: Final = 6 * 3600.0  # "it answered a while ago" counts as evidence this long

# One climb of the ladder: never more than this for one verdict.
CLIMB_S: Final = 14.0
CLIMB_CONNECTIONS: Final = 8  # to the Modbus port of the device examined
CLIMB_CONNECT_S: Final = 3.5  # three SYNs, and a router's three ARP requests in vain
CLIMB_ECHO_S: Final = 0.7
CLIMB_PORT_S: Final = 0.8  # for another port, where no response time is known
CLIMB_PORTS_S: Final = 4.0  # for all other ports
CLIMB_TRACE: Final = 4  # SYNs spent on finding where they stop
CLIMB_PAUSES_S: Final = (2.5, 3.5)  # before the same connect once more, and again if it answered lately
CLIMB_AGAIN_S: Final = 1.5  # for the answer to a second request on a connection
CLIMB_UNIT_S: Final = 0.8  # for the answer of another unit id
CLIMB_UNITS: Final = 3  # other unit ids tried where each costs a silence
CLIMB_TLS_S: Final = 4.0  # for a TLS handshake: a small controller reckons seconds for its key
CLIMB_RTU_S: Final = 2.0  # for the answer of an RTU device behind a serial server
CLIMB_WARM_UP_S: Final = 2.0  # between connecting and a request that gives the device time
CLIMB_IDLE_S: Final = 5.0  # of saying nothing, to see whether the device closes
CLIMB_EVIDENCE: Final = 40  # lines
FLAPPING: Final = 6  # changes of state within HISTORY_S

# Climbs that the monitor begins by itself.
TRIAGE_AT_ONCE: Final = 2
TRIAGE_QUEUE: Final = 16  # devices that wait for theirs; more are told so
TRIAGE_CLIMBS: Final = 30  # within TRIAGE_WINDOW_S
TRIAGE_WINDOW_S: Final = 600.0
CLIMBS: Final = 500  # finished climbs kept, and networks to which the way is remembered
JOINT_LEAST: Final = 3  # devices with one cause that are told as one

# What somebody asks of single devices by key.
INQUIRIES_AT_ONCE: Final = 2
INQUIRIES_WAITING: Final = 8
INQUIRIES_STOPPED: Final = 32  # unit id sweeps that were stopped and can go on
PEEK_KEPT_S: Final = 30.0  # a connection stands ready for the next reading of the same values

# The engine.
RESTART_FIRST_S: Final = 1.0
RESTART_MOST_S: Final = 60.0
RESTART_FORGIVEN_S: Final = 60.0  # a run this long starts the back-off anew
FOLD_BATCH: Final = 2_000  # events folded before the loop is given back
STOP_S: Final = 0.8  # for the workers to close their sockets at quit

# The journal.
JOURNAL_BYTES: Final = 16 << 20
JOURNAL_FILES: Final = 8
JOURNAL_LINE: Final = 64 << 10
JOURNAL_WAITING: Final = 20_000
JOURNAL_RETRY_S: Final = 10.0
WOUND_MOMENTS: Final = 50_000  # of one file that are told apart; what comes after goes with the last
WOUND_KEPT: Final = 64  # states of the past in memory, so that stepping through them is instant
WOUND_DEVICES: Final = 300_000  # and devices in all of them together
WOUND_TURNS: Final = 20  # of one moment that are told one by one

# The screen.
FRAME_S: Final = 0.5
FRAME_SSH_S: Final = 1.0
AGES_S: Final = 5.0  # how often ages on screen may step
