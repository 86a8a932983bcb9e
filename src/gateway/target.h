// SPDX-License-Identifier: ISC
//
// gateway/target.h - the stream socket that a name leads to.

#pragma once

#include <string>

#include "adsp/address.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "conf/config.h"

namespace postern::gateway {

// Begins to connect; that it fails may be seen only when the socket is used.  Without a word of
// farewell, closing the socket resets a TCP connection: see Bridge.
Result<UniqueFd> connect_to(const conf::AppleTalkName& name);

// Version 2 of the PROXY header, with the TLV that names a peer on AppleTalk (net/proxy_header.h).
std::string proxy_header(const adsp::Address& peer);

}  // namespace postern::gateway
