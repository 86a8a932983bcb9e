// SPDX-License-Identifier: ISC
//
// base/log_datagram.h - a line of the log as the daemons that collect it want it.

#pragma once

#include <string>

#include "base/log_face.h"

namespace postern::log {

// For the socket of a local syslog daemon: "<22>Nov 25 08:05:09 posternd[77]: text", in the form
// that RFC 3164 4.1 tells of, without the host, and with the facility mail.
std::string syslog_datagram(const Record& record, const Line& line);

// For the socket of systemd's journal, in its native protocol: the line as MESSAGE, and each
// field of the record as one of the journal's own, POSTERN_PEER and so on.  Values are cut after
// 4096 octets.
std::string journal_datagram(const Record& record, const Line& line);

}  // namespace postern::log
