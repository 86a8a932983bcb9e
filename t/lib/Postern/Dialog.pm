# SPDX-License-Identifier: ISC
#
# Postern::Dialog - what client and server say to each other, as text: the files in t/dialog.
#
# t/dialog/README.md describes the format.

package Postern::Dialog;

use strict;
use warnings;
use MIME::Base64 qw(encode_base64);

use Postern::Client;
use Postern::Poll qw(poll_until);

# A step is a word, a number of times for some, and what stands behind it.
my %steps = (
    'C:'         => \&send_line,
    'C<'         => \&hold_line,
    'C|'         => \&send_octets,
    'CHUNK:'     => sub { $_[0]->send_octets( chunk( $_[1], '' ) ) },
    'CHUNK<'     => sub { $_[0]{held} .= chunk( $_[1], '' ) },
    'LAST:'      => sub { $_[0]->send_octets( chunk( $_[1], ' LAST' ) ) },
    'LAST<'      => sub { $_[0]{held} .= chunk( $_[1], ' LAST' ) },
    'S:'         => \&expect_reply,
    'S!'         => \&expect_reply_without,
    'CLOSED'     => \&expect_end,
    'TLS'        => \&start_tls,
    'HALF-CLOSE' => sub { shift->{client}->half_close },
    'CLOSE'      => sub { shift->hang_up('close') },
    'VANISH'     => sub { shift->hang_up('vanish') },
    'SPOOL:'     => \&expect_messages,
    'E:'         => \&expect_word,
    'E~'         => \&expect_word_like,
    'E!'         => \&expect_no_word,
    'H:'         => \&expect_field,
    'H='         => \&expect_whole_field,
    'M:'         => \&expect_text,
    'M^'         => \&expect_text_prefix,
    'M|'         => \&expect_last_octets,
    'LOG:'       => \&expect_log,
);

my %escapes = ( r => "\r", n => "\n", t => "\t", 0 => "\0", s => ' ', '\\' => '\\' );

# Reads a file.  Dies if it is not a dialog.
sub read_file {
    my ( $class, $path ) = @_;
    my $self = bless { path => $path, listener => 'submission', settings => {}, steps => [] },
      $class;
    open( my $file, '<:raw', $path ) or die "$path: $!\n";
    while ( my $line = <$file> ) {
        chomp $line;
        $self->add_line( $line, "$path:$." );
    }
    return $self;
}

sub add_line {
    my ( $self, $line, $place ) = @_;
    if    ( $line =~ /^# listener: (\w+)$/ )         { $self->{listener} = $1 }
    elsif ( $line =~ /^# config: ([\w.]+) = (.+)$/ ) { $self->{settings}{$1} = $2 }
    elsif ( $line =~ /^#/ )                          { $self->{title} //= $line =~ s/^#\s*//r }
    elsif ( $line =~ /\S/ ) { push @{ $self->{steps} }, $self->step( $line, $place ) }
    return;
}

sub step {
    my ( $self, $line, $place ) = @_;
    my ( $word, $times, $mark, $text ) = $line =~ /^([A-Z-]+)(?:\*(\d+))?([:<|^~!=]?)(?: (.*))?$/;
    my $run = $steps{ ( $word // '' ) . ( $mark // '' ) } or die "$place: not a step: $line\n";
    return {
        run   => $run,
        line  => $line,
        place => $place,
        times => $times,
        text  => unescape( $text // '' )
    };
}

# See README.md.
sub unescape {
    my ($text) = @_;
    $text =~ s{\\(?:
        ([rnt0s\\]) | x([0-9A-Fa-f]{2}) | \*(\d+)\(([^()]*)\) | b\(([^()]*)\) | (.?)
    )}{ octets_of( $1, $2, $3, $4, $5, $6 ) }gex;
    return $text;
}

sub octets_of {
    my ( $letter, $hex, $times, $repeated, $encoded, $unknown ) = @_;
    return $escapes{$letter} if defined $letter;
    return chr hex $hex if defined $hex;
    return unescape($repeated) x $times if defined $times;
    return encode_base64( unescape($encoded), '' ) if defined $encoded;
    die "no escape: \\$unknown\n";
}

# What a dialog needs of its daemon; those that need the same can share one.
sub settings { return shift->{settings} }
sub title    { return shift->{title} // '' }

# Returns nothing if all went as written, else what went wrong where.
sub run {
    my ( $self, $daemon ) = @_;
    $self->{daemon}   = $daemon;
    $self->{mark}     = $daemon->mark;
    $self->{before}   = { map { $_ => 1 } $daemon->spool->names_in('new') };
    $self->{expected} = 0;
    my $step;
    my $passed = eval {
        $self->{client} = Postern::Client->new( $daemon, $self->{listener} );
        for ( @{ $self->{steps} } ) { $step = $_; $self->take($step) }
        $step = { place => "$self->{path}: at the end", line => '' };
        $self->finish;
        1;
    };
    my $why = $@;
    $self->{client}->close if $self->{client};
    return if $passed;
    return ( $step ? "$step->{place}: $step->{line}\n" : '' ) . $why;
}

sub take {
    my ( $self, $step ) = @_;
    my ( $run, $text, $times ) = @$step{qw(run text times)};
    return $run->( $self, $text ) if !defined $times;
    $run->( $self, $text =~ s/%d/$_/gr ) for 1 .. $times;
    return;
}

# A dialog in which nobody has closed ends with QUIT, which shows that client and server still
# understand each other; and whatever happened, only what was expected is in the spool.
sub finish {
    my ($self) = @_;
    if ( $self->{client} && !$self->{is_closed} ) {
        $self->send_line('QUIT');
        $self->expect_reply('221 2.0.0');
        $self->expect_end;
    }
    die "the text goes on: $self->{text}\n" if length( $self->{text} // '' );
    poll_until { !$self->{daemon}->spool->names_in('tmp') } or die "something is left in tmp/\n";
    return $self->check_messages;
}

sub check_messages {
    my ($self) = @_;
    my $found = $self->new_messages;
    die "$found messages in the spool, not $self->{expected}\n" if $found != $self->{expected};
    return;
}

sub new_messages {
    my ($self) = @_;
    return grep { !$self->{before}{ $_->{name} } } $self->{daemon}->spool->messages;
}

sub send_line {
    my ( $self, $text ) = @_;
    return $self->send_octets("$text\r\n");
}

sub send_octets {
    my ( $self, $octets ) = @_;
    $self->{client}->send( ( delete $self->{held} // '' ) . $octets );
    return;
}

# RFC 3030 2.
sub chunk {
    my ( $octets, $last ) = @_;
    return 'BDAT ' . length($octets) . "$last\r\n$octets";
}

sub hold_line {
    my ( $self, $text ) = @_;
    $self->{held} .= "$text\r\n";
    return;
}

sub read_line {
    my ($self) = @_;
    return $self->{client}->read_line // die "the server has closed\n";
}

# A code alone stands for a whole reply, more than that for one line.
sub expect_reply {
    my ( $self, $prefix ) = @_;
    my $line;
    do { $line = $self->read_line; compare( $line, $prefix ) }
      while $prefix =~ /^\d{3}$/ && $line =~ /^\d{3}-/;
    return;
}

# A whole reply, with no line that begins so behind its code.
sub expect_reply_without {
    my ( $self, $prefix ) = @_;
    my $line;
    do {
        $line = $self->read_line;
        die "got: $line\n" if index( $line, $prefix, 4 ) == 4;
    } while $line =~ /^\d{3}-/;
    return;
}

sub compare {
    my ( $got, $prefix ) = @_;
    die "got: $got\n" if index( $got, $prefix ) != 0;
    return;
}

sub expect_end {
    my ($self) = @_;
    my $rest = $self->{client}->rest;
    $self->{is_closed} = 1;
    die "before the end came: $rest\n" if length $rest;
    return;
}

sub start_tls {
    my ($self) = @_;
    $self->{client}->start_tls;
    return;
}

sub hang_up {
    my ( $self, $how ) = @_;
    ( delete $self->{client} )->$how;
    return;
}

sub expect_messages {
    my ( $self, $count ) = @_;
    $self->{expected} = $count;
    return $self->check_messages;
}

sub last_message {
    my ($self) = @_;
    my @messages = $self->new_messages;
    return $messages[-1] // die "there is no message\n";
}

# A word of the field Postern-Envelope.
sub expect_word {
    my ( $self, $word ) = @_;
    my $words = $self->last_message->{words};
    my ( $key, $value ) = $word =~ /^([^=]+)=(.*)$/ ? ( $1, $2 ) : ( $word, 1 );
    die "the envelope has " . join( ' ', %$words ) . "\n" if ( $words->{$key} // '' ) ne $value;
    return;
}

# One whose value cannot be known beforehand, such as a time.
sub expect_word_like {
    my ( $self, $pattern ) = @_;
    my $words = $self->last_message->{words};
    my @all   = map { "$_=$words->{$_}" } sort keys %$words;
    die "the envelope has @all\n" if !grep { /^(?:$pattern)$/ } @all;
    return;
}

sub expect_no_word {
    my ( $self, $key ) = @_;
    my $value = $self->last_message->{words}{$key};
    die "the envelope has $key=$value\n" if defined $value;
    return;
}

# What Postern wrote in front of the text.
sub fields {
    my ($self) = @_;
    my $message = $self->last_message;
    my ( $content, $text ) = @$message{qw(content text)};
    return substr( $content, 0, length($content) - length $text );
}

# A line of that, or how it begins.
sub expect_field {
    my ( $self, $prefix ) = @_;
    my $fields = $self->fields;
    die "the fields are:\n$fields" if !grep { index( $_, $prefix ) == 0 } split /\n/, $fields;
    return;
}

sub expect_whole_field {
    my ( $self, $line ) = @_;
    my $fields = $self->fields;
    die "the fields are:\n$fields" if !grep { $_ eq $line } split /\n/, $fields;
    return;
}

# The lines of the text, one after the other.
sub text_line {
    my ($self) = @_;
    $self->{text} //= $self->last_message->{text};
    $self->{text} =~ s/\A(.*?)\n//s or die "the text ends: $self->{text}\n";
    return $1;
}

sub expect_text {
    my ( $self, $line ) = @_;
    my $got = $self->text_line;
    die "got: $got\n" if $got ne $line;
    return;
}

sub expect_text_prefix {
    my ( $self, $prefix ) = @_;
    return compare( $self->text_line, $prefix );
}

# What stands behind the last line end.
sub expect_last_octets {
    my ( $self, $octets ) = @_;
    $self->{text} //= $self->last_message->{text};
    die "got: $self->{text}\n" if $self->{text} ne $octets;
    $self->{text} = '';
    return;
}

# A line with all these words.
sub expect_log {
    my ( $self, $text ) = @_;
    my $words = join '', map { "(?=.* \Q$_\E(?: |\$))" } split ' ', $text;
    $self->{daemon}->wait_for_log( $words, $self->{mark} );
    return;
}

1;
