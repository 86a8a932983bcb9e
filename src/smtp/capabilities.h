// SPDX-License-Identifier: ISC
//
// smtp/capabilities.h - the extensions that EHLO announces.

#pragma once

#include <string>
#include <vector>

#include "smtp/settings.h"

namespace postern::smtp {

enum class Security { clear, tls };

// Whether AUTH would be accepted, were it sent now by somebody who has not authenticated.
bool allows_auth(const Settings& settings, Security security);

// The lines of the EHLO reply without code: host name first, then each extension exactly when
// it holds at this moment (RFC 5321 4.1.1.1).
std::vector<std::string> ehlo_lines(const Settings& settings, Security security,
                                    bool is_authenticated);

}  // namespace postern::smtp
