// SPDX-License-Identifier: ISC
//
// conf/choices.h - what a setting can be that is one of several words.
//
// conf/field.h has the words.

#pragma once

namespace postern::conf {

enum class ListenerProtocol { smtp, lmtp };

enum class ListenerTls { none, starttls, implicit };  // RFC 3207 and RFC 8314 3.3

// Who may submit through a listener (relay) besides those who have authenticated.
enum class ListenerAuth {
  required,   // nobody
  clients,    // the addresses in `clients`
  peer,       // whoever can connect to the Unix-domain socket, known by user id
  appletalk,  // whoever postern-adsp says is on AppleTalk
};

// Whom a listener serves: those who submit (RFC 6409 3.1), or anyone who writes to `domains`, or
// both.
enum class ListenerRole { submission, mx, both };

// Who has to log in before MAIL, besides those who cannot send anything otherwise.
enum class RequireAuth { nobody, non_clients, clients, everybody };

// What a line of the log looks like.
enum class LogFormat { keyvalue, json, postfix };

// What becomes of a message that has octets above 127 in its header, but no SMTPUTF8.
enum class EightBitHeader { refuse, accept };

// Whether workers and auth helpers give up what they do not need.
enum class Sandbox { on, off };

// When a client in `blocked` is told that its mail is not accepted.
enum class BlockedAt { mail, connect };

// How a message gets onto stable storage: by the sync of its own file, or by that of a journal that
// many share.
enum class SpoolEngine { file, journal };

// What becomes of a client for whom there is no channel.
enum class Overload { refuse, backlog };

// Whether the name of a client is looked up in the DNS.
enum class ListenerDns {
  never,   // nor used
  cached,  // only used, if another listener has found it
  always,
};

}  // namespace postern::conf
