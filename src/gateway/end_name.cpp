// SPDX-License-Identifier: ISC
//
// gateway/end_name.cpp - how a connection has ended, in words.

#include "gateway/end_name.h"

namespace postern::gateway {

std::string_view describe(adsp::Connection::End end) {
  using End = adsp::Connection::End;
  switch (end) {
    case End::none: return "not ended";
    case End::closed: return "closed by the server";
    case End::aborted: return "cut off by the server";
    case End::peer_closed: return "closed by the peer";
    case End::peer_reset: return "reset by the peer";
    case End::replaced: return "the peer was started anew";
    case End::silent: return "no sign of life for two minutes";
    case End::undelivered: return "the peer did not take the rest";
    case End::denied: return "denied by the peer";
    case End::not_answered: return "not answered by the peer";
  }
  return "";
}

}  // namespace postern::gateway
