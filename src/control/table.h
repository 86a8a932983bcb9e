// SPDX-License-Identifier: ISC
//
// control/table.h - rows of text in columns.

#pragma once

#include <string>
#include <vector>

namespace postern::control {

// Columns two spaces apart, as wide as their widest cell; the last one as it is.  The first row is
// the heading.  Cells must be printable.
std::string table_text(const std::vector<std::vector<std::string>>& rows);

}  // namespace postern::control
