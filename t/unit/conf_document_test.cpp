// SPDX-License-Identifier: ISC
//
// t/unit/conf_document_test.cpp - what libconfig makes of a text, and where it says it stands.

#include <string>

#include "base/text.h"
#include "conf/document.h"

// CppUTest's headers come last: they redefine new.
#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::conf;

namespace {

// "name@line=value", groups in { }, lists in [ ].
std::string show(const Node& node) {
  std::string out = node.line == 0 ? "" : cat(node.name, "@", node.line, "=");
  switch (node.kind) {
    case Node::Kind::string: return cat(out, "'", node.text, "'");
    case Node::Kind::integer: return cat(out, node.number);
    case Node::Kind::fraction: return out + "fraction";
    case Node::Kind::boolean: return out + (node.flag ? "true" : "false");
    case Node::Kind::group:
    case Node::Kind::list: break;
  }
  const bool is_group = node.kind == Node::Kind::group;
  out += is_group ? "{ " : "[ ";
  for (const Node& item : node.items) out += show(item) + " ";
  return out + (is_group ? "}" : "]");
}

std::string show(std::string_view text) {
  const auto document = parse(SourceText::from_text(text));
  if (!document) return cat("fault ", document.error().line, ": ", document.error().text);
  return show(*document);
}

}  // namespace

TEST_GROUP(ConfDocument){};

TEST(ConfDocument, HasEveryKind) {
  STRCMP_EQUAL("{ a@1='x' b@1=5 c@1=fraction d@1=true e@1={ } f@1=[ ] g@1=[ ] }",
               show("a = \"x\"; b = 5; c = 1.0; d = True; e = { }; f = [ ]; g = ( );").c_str());
}

TEST(ConfDocument, KnowsBothWidthsOfNumbers) {
  STRCMP_EQUAL("{ a@1=-7 b@1=2147483647 c@1=5000000000 d@1=10 }",
               show("a = -7; b = 2147483647; c = 5000000000L; d = 010;").c_str());
}

TEST(ConfDocument, KeepsTheOrderAndTheLines) {
  STRCMP_EQUAL("{ b@1=1 a@3={ d@4=2 c@5=3 } l@7=[ @8={ x@8=1 } @9={ y@10=2 } ] }",
               show("b = 1;\n\na = {\n d = 2;\n c = 3;\n};\nl = (\n { x = 1; },\n {\n y = 2; }\n);")
                   .c_str());
}

TEST(ConfDocument, KnowsTheLineOfTheLastStringOfAList) {
  STRCMP_EQUAL("{ a@1=[ @2='x' @3='y' ] b@5=[ @5='z' @7='w' ] c@9='pq' d@12=[ @12='r' ] }",
               show("a = [\n\"x\",\n\"y\"\n];\nb = (\"z\"\n,\n\"w\"\n);\nc = \"p\"\n\"q\"\n;\nd = "
                    "[ \"r\"\n\n ]")
                   .c_str());
}

TEST(ConfDocument, TakesUtf8AndEscapesInStrings) {
  STRCMP_EQUAL("{ a@1='\xc3\xa4 \" \\ A' }", show(R"(a = "ä \" \\ \x41";)").c_str());
}

TEST(ConfDocument, AnEmptyTextIsAnEmptyGroup) {
  STRCMP_EQUAL("{ }", show("").c_str());
  STRCMP_EQUAL("{ }", show("# only a comment").c_str());
}

TEST(ConfDocument, SaysWhereTheGrammarIsBroken) {
  STRCMP_CONTAINS("fault 2: syntax error here or just before", show("a = 1;\nb 2;\n").c_str());
  STRCMP_EQUAL("fault 3: this name is set twice in its group",
               show("a = 1;\nb = 2;\na = 3;").c_str());
  STRCMP_EQUAL("fault 1: the elements between [ and ] must be of one type",
               show("a = [ 1, \"x\" ];").c_str());
  STRCMP_CONTAINS("fault 1: ", show("\xff\xfe").c_str());
  STRCMP_CONTAINS("fault 1: ", show(std::string(100000, '(')).c_str());
}

TEST(ConfDocument, BearsDeepNesting) {
  const std::string open(500, '(');
  const std::string close(500, ')');
  STRCMP_CONTAINS("a@1=[ @1=[ @1=[ ", show(cat("a = ", open, close, ";")).c_str());
}
