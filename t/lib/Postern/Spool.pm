# SPDX-License-Identifier: ISC
#
# Postern::Spool - reads a spool as postern-spool(5) describes it.

package Postern::Spool;

use strict;
use warnings;

use Postern::Poll qw(poll_until);

my $quoted = qr/"(?:[^"\\]|\\.)*"/;    # a local part may be

sub new {
    my ( $class, $path ) = @_;
    return bless { path => $path }, $class;
}

# The names of the files in tmp, new or cur, oldest first.
sub names_in {
    my ( $self, $folder ) = @_;
    opendir( my $dir, "$self->{path}/$folder" ) or return;
    my @names = sort grep { !/^\.{1,2}$/ } readdir $dir;
    return @names;
}

# Each message as a hash; see parse.  With a journal a message is answered 250 a moment before it is
# here; so who has sent some says how many there are to be at the least, and this waits for them.
sub messages {
    my ( $self, $expected ) = @_;
    poll_until { $self->names_in('new') >= $expected } if $expected;
    return map { parse( $_, $self->content("new/$_") ) } $self->names_in('new');
}

sub content {
    my ( $self, $path ) = @_;
    open( my $file, '<:raw', "$self->{path}/$path" ) or die "$self->{path}/$path: $!\n";
    return do { local $/; <$file> }
      // '';
}

# name:       of the file
# content:    all of it
# from:       the reverse path, without the angle brackets
# words:      those of Postern-Envelope: { with => 'ESMTPSA', smtputf8 => 1, ... }
# recipients: the forward paths, without the angle brackets
# notes:      the words behind each of them, as they stand there
# marks:      their marks, one character each
# received:   the Received field that Postern wrote
# text:       all behind that field
# Dies if the file is not in that form.
sub parse {
    my ( $name, $content ) = @_;
    my %message = ( name => $name, content => $content, marks => '' );
    @message{qw(recipients notes)} = ( [], [] );
    my $rest    = $content;
    $rest =~ s/\AReturn-Path: <(.*)>\n// or die "$name: no Return-Path\n";
    $message{from} = $1;
    $rest =~ s/\APostern-Envelope: 1((?:; [^;\n]+)*)\n// or die "$name: no Postern-Envelope\n";
    $message{words} =
      { map { /^([^=]+)=(.*)$/ ? ( $1 => $2 ) : ( $_ => 1 ) } split /; /, substr( $1, 2 ) };
    while ( $rest =~ s/\APostern-Recipient: (\S) <((?:$quoted|[^"<>])*)>((?: \S+)*)\n// ) {
        $message{marks} .= $1;
        push @{ $message{recipients} }, $2;
        push @{ $message{notes} },      substr( $3 || ' ', 1 );
    }
    $rest =~ s/\A(Received: .*\n(?:[ \t].*\n)*)// or die "$name: no Received\n";
    @message{qw(received text)} = ( $1, $rest );
    return \%message;
}

1;
