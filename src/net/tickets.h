// SPDX-License-Identifier: ISC
//
// net/tickets.h - how OpenSSL comes to the keys of session tickets; for this folder only.

#pragma once

struct ssl_ctx_st;

namespace postern::net {

class TicketKeys;

// The keys outlive the context and its connections.
void use_ticket_keys(ssl_ctx_st* context, const TicketKeys& keys);

}  // namespace postern::net
