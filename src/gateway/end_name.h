// SPDX-License-Identifier: ISC
//
// gateway/end_name.h - how a connection has ended, in words.

#pragma once

#include <string_view>

#include "adsp/connection.h"

namespace postern::gateway {

std::string_view describe(adsp::Connection::End end);

}  // namespace postern::gateway
